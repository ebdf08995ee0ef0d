package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.util.Map;

/** A function of the token's module did not return {@code CKR_OK}. */
final class CryptokiException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** PKCS #11 v3.0, pkcs11t.h: those that the functions called here may return. */
  private static final Map<Long, String> NAMES =
      Map.ofEntries(
          Map.entry(0x02L, "CKR_HOST_MEMORY"),
          Map.entry(0x03L, "CKR_SLOT_ID_INVALID"),
          Map.entry(0x05L, "CKR_GENERAL_ERROR"),
          Map.entry(0x06L, "CKR_FUNCTION_FAILED"),
          Map.entry(0x07L, "CKR_ARGUMENTS_BAD"),
          Map.entry(0x10L, "CKR_ATTRIBUTE_READ_ONLY"),
          Map.entry(0x12L, "CKR_ATTRIBUTE_TYPE_INVALID"),
          Map.entry(0x13L, "CKR_ATTRIBUTE_VALUE_INVALID"),
          Map.entry(0x1BL, "CKR_ACTION_PROHIBITED"),
          Map.entry(0x30L, "CKR_DEVICE_ERROR"),
          Map.entry(0x31L, "CKR_DEVICE_MEMORY"),
          Map.entry(0x32L, "CKR_DEVICE_REMOVED"),
          Map.entry(0x54L, "CKR_FUNCTION_NOT_SUPPORTED"),
          Map.entry(0x70L, "CKR_MECHANISM_INVALID"),
          Map.entry(0xA0L, "CKR_PIN_INCORRECT"),
          Map.entry(0xA4L, "CKR_PIN_LOCKED"),
          Map.entry(0xB1L, "CKR_SESSION_COUNT"),
          Map.entry(0xB3L, "CKR_SESSION_HANDLE_INVALID"),
          Map.entry(0xB5L, "CKR_SESSION_READ_ONLY"),
          Map.entry(0xD0L, "CKR_TEMPLATE_INCOMPLETE"),
          Map.entry(0xD1L, "CKR_TEMPLATE_INCONSISTENT"),
          Map.entry(0xE0L, "CKR_TOKEN_NOT_PRESENT"),
          Map.entry(0xE1L, "CKR_TOKEN_NOT_RECOGNIZED"),
          Map.entry(0xE2L, "CKR_TOKEN_WRITE_PROTECTED"),
          Map.entry(0x101L, "CKR_USER_NOT_LOGGED_IN"),
          Map.entry(0x190L, "CKR_CRYPTOKI_NOT_INITIALIZED"));

  private final String code;

  CryptokiException(String function, long value) {
    super(function + " returned " + nameOf(value));
    this.code = nameOf(value);
  }

  String code() {
    return code;
  }

  private static String nameOf(long value) {
    return NAMES.getOrDefault(value, "CKR_0x" + Long.toHexString(value));
  }
}
