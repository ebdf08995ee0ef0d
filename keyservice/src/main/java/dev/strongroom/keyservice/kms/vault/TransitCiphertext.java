package dev.strongroom.keyservice.kms.vault;

import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the transit engine makes of a data key: {@code vault:vVERSION:BASE64}, where the base64 is
 * that of nonce (12), data key (32) and tag (16), 80 characters without padding.
 *
 * @param text as Vault wrote it
 * @param version of the KEK, from 1
 */
record TransitCiphertext(String text, int version) {
  private static final Pattern HEAD = Pattern.compile("vault:v([1-9][0-9]{0,8}):");
  private static final int SEALED_BYTES = 12 + 32 + 16;

  /** Reads it; empty when it is anything else. */
  static Optional<TransitCiphertext> parse(String text) {
    Matcher head = HEAD.matcher(text);
    return head.lookingAt() && isSealedKey(text.substring(head.end()))
        ? Optional.of(new TransitCiphertext(text, Integer.parseInt(head.group(1))))
        : Optional.empty();
  }

  private static boolean isSealedKey(String base64) {
    try {
      return Base64.getDecoder().decode(base64).length == SEALED_BYTES;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }
}
