package dev.strongroom.keyservice.kms.pkcs11.wire;

/** How a request to the broker ended. All but {@link #DONE} carry one field: the reason. */
public enum Outcome {
  DONE,
  /** The token works, and says that key, context or bytes are not those of the wrapping. */
  REJECTED,
  /** The token is there and has no such key. */
  UNKNOWN_KEK,
  /** The token or the way to it does not work; nothing is known about the wrapping. */
  FAULT,
  /** The token works and has no session left. */
  BUSY,
  /** The token refused the PIN: trying again may lock it. */
  PIN_REFUSED,
  /** The token is there, and what it holds must not or cannot be used. */
  UNUSABLE,
  /** The token works, and does not do what this one request asks; the reason is a code of it. */
  REFUSED
}
