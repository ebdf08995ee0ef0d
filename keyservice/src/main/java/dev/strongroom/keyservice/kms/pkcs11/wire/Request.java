package dev.strongroom.keyservice.kms.pkcs11.wire;

/** What the service asks of its broker. Answers are named where each field is given. */
public enum Request {
  /**
   * Opens token and keys. Fields: module, initial arguments, token, serial, manufacturer, model,
   * label of the KEK, PIN, sessions, then number and canary of each version that was open before.
   * Done: sessions in use, then number and canary of each version, the newest last.
   */
  OPEN,
  /** Fields: data key, context. Done: number of the KEK version, wrapped bytes. */
  WRAP,
  /** Fields: number of the KEK version, wrapped bytes, context. Done: data key. */
  UNWRAP,
  /** No fields. Done: as for {@link #OPEN}. */
  STATUS,
  /** Makes the next KEK version on the token. No fields. Done: as for {@link #OPEN}. */
  ROTATE
}
