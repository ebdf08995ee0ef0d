package dev.strongroom.cli.publish;

import dev.strongroom.core.path.WeightPath;
import org.jspecify.annotations.Nullable;

/** A file is not what it was when it was hashed. Ends an attempt at an object, not the run. */
final class SourceChangedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String why;

  SourceChangedException(WeightPath path, String why, @Nullable Throwable cause) {
    super("'" + path + "' changed while it was published: " + why, cause);
    this.why = why;
  }

  String why() {
    return why;
  }
}
