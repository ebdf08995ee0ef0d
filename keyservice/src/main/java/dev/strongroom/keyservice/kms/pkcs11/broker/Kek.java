package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.security.GeneralSecurityException;

/**
 * One version of a KEK on a token. Thread-safe.
 *
 * <p>Wrapped bytes begin with one byte for their form: 1 for {@link GcmKek}, 2 for {@link HmacKek}.
 */
sealed interface Kek permits GcmKek, HmacKek {

  /** The wrapped bytes. */
  byte[] wrap(byte[] dataKey, byte[] context) throws GeneralSecurityException;

  /** The data key; the caller overwrites it. */
  byte[] unwrap(byte[] wrapped, byte[] context) throws GeneralSecurityException;

  /** Whether these bytes have the form and the size of what this KEK makes. */
  boolean hasForm(byte[] wrapped);
}
