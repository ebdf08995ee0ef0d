package dev.strongroom.delivery.place;

/** How files are taken away. */
public enum WipeManner {
  /** Overwrite, truncate, unlink: when no reader runs any more. */
  OVERWRITE,

  /**
   * Truncate, unlink: when a reader may still run. It gets SIGBUS for what it has mapped, which
   * ends it, where zeros would be served as if they were the model.
   */
  TRUNCATE
}
