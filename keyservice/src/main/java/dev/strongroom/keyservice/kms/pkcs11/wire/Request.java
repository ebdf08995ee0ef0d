package dev.strongroom.keyservice.kms.pkcs11.wire;

/** What the service asks of its broker. Answers are named where each field is given. */
public enum Request {
  /**
   * Opens token and keys. Fields: module, initial arguments, token, serial, manufacturer, model,
   * label of the KEK, PIN, sessions, {@code 1} where the token took this PIN before, then number
   * and canary of each version that was open before. Done: sessions in use, then number and canary
   * of each version, the newest last.
   */
  OPEN,
  /** Fields: data key, context. Done: number of the KEK version, wrapped bytes. */
  WRAP,
  /** Fields: number of the KEK version, wrapped bytes, context. Done: data key. */
  UNWRAP,
  /** No fields. Done: as for {@link #OPEN}. */
  STATUS,
  /** Makes the next KEK version on the token. No fields. Done: as for {@link #OPEN}. */
  ROTATE,
  /**
   * Destroys a KEK version on the token, or all of them. Fields: its number, empty for all. Done:
   * as for {@link #OPEN}.
   */
  DESTROY;

  /** Whether it must not be made again when nobody knows whether it was made. */
  public boolean isOnce() {
    return this == ROTATE || this == DESTROY;
  }
}
