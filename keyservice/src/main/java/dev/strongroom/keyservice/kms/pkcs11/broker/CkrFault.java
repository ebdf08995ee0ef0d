package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.security.NoSuchAlgorithmException;
import java.util.Set;
import javax.crypto.AEADBadTagException;
import org.jspecify.annotations.Nullable;

/**
 * A return value of the token's module, by its name in PKCS #11 v3.0 section 4 ({@code CKR_...}).
 * SunPKCS11 reports very different faults by one exception of the JCA: it says {@code
 * AEADBadTagException} for a general error of the device too. The name in the cause tells.
 */
final class CkrFault {
  private static final String UNKNOWN = "no CKR code";

  /**
   * What tokens answer when a tag is wrong. {@code CKR_GENERAL_ERROR} is among them because SoftHSM
   * before 2.7 says that; it says the same when it is broken.
   */
  private static final Set<String> PERHAPS_BAD_TAG =
      Set.of(
          "CKR_ENCRYPTED_DATA_INVALID",
          "CKR_ENCRYPTED_DATA_LEN_RANGE",
          "CKR_AEAD_DECRYPT_FAILED",
          "CKR_DATA_INVALID",
          "CKR_FUNCTION_FAILED",
          "CKR_GENERAL_ERROR");

  /** Beside all whose names begin as in {@link #ofSessionOrDevice}. */
  private static final Set<String> SESSION_OR_DEVICE =
      Set.of(
          "CKR_HOST_MEMORY",
          "CKR_SLOT_ID_INVALID",
          "CKR_USER_NOT_LOGGED_IN",
          "CKR_CRYPTOKI_NOT_INITIALIZED");

  private static final Set<String> PIN =
      Set.of(
          "CKR_PIN_INCORRECT",
          "CKR_PIN_INVALID",
          "CKR_PIN_LEN_RANGE",
          "CKR_PIN_EXPIRED",
          "CKR_PIN_LOCKED",
          "CKR_USER_PIN_NOT_INITIALIZED");

  private static final Set<String> UNSUPPORTED =
      Set.of(
          "CKR_MECHANISM_INVALID",
          "CKR_MECHANISM_PARAM_INVALID",
          "CKR_KEY_FUNCTION_NOT_PERMITTED",
          "CKR_KEY_TYPE_INCONSISTENT",
          "CKR_KEY_SIZE_RANGE");

  private static final Set<String> PROHIBITED =
      Set.of(
          "CKR_ACTION_PROHIBITED",
          "CKR_ATTRIBUTE_READ_ONLY",
          "CKR_FUNCTION_NOT_SUPPORTED",
          "CKR_SESSION_READ_ONLY",
          "CKR_TOKEN_WRITE_PROTECTED");

  private CkrFault() {}

  /** The name of the code in the chain of causes, or that there is none. */
  static String name(Throwable fault) {
    for (@Nullable Throwable cause = fault; cause != null; cause = cause.getCause()) {
      if (cause instanceof CryptokiException known) {
        return known.code();
      }
      String message = cause.getMessage();
      // The JDK's class is not exported; its message starts with the name.
      if (cause.getClass().getSimpleName().equals("PKCS11Exception") && message != null) {
        return message.split("[^A-Za-z0-9_]", 2)[0];
      }
    }
    return UNKNOWN;
  }

  /** Whether a wrong tag is among what the token may mean. */
  static boolean perhapsBadTag(Throwable fault) {
    String name = name(fault);
    return PERHAPS_BAD_TAG.contains(name)
        || (name.equals(UNKNOWN) && fault instanceof AEADBadTagException);
  }

  /** Whether it is plainly the session or the device that fails, whatever was asked of it. */
  static boolean ofSessionOrDevice(Throwable fault) {
    String name = name(fault);
    return name.startsWith("CKR_SESSION_")
        || name.startsWith("CKR_DEVICE_")
        || name.startsWith("CKR_TOKEN_")
        || SESSION_OR_DEVICE.contains(name);
  }

  /** Whether the token has no session left, for now. */
  static boolean busy(Throwable fault) {
    return name(fault).equals("CKR_SESSION_COUNT");
  }

  /** Whether the token does not offer the mechanism at all. */
  static boolean isMissingMechanism(Throwable fault) {
    return fault instanceof NoSuchAlgorithmException;
  }

  /** Whether the token refused the PIN. */
  static boolean pinRefused(Throwable fault) {
    return PIN.contains(name(fault));
  }

  /** Whether the token lets nobody, or not this user, change what is on it. */
  static boolean prohibited(Throwable fault) {
    return PROHIBITED.contains(name(fault));
  }

  /** Whether the token cannot do, or does not let this key do, what is asked. */
  static boolean unsupported(Throwable fault) {
    return UNSUPPORTED.contains(name(fault));
  }
}
