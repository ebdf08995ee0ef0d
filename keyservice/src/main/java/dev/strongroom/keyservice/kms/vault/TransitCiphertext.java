package dev.strongroom.keyservice.kms.vault;

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
  private static final Pattern FORM = Pattern.compile("vault:v([1-9][0-9]{0,8}):[A-Za-z0-9+/]{80}");

  /** Reads it; empty when it is anything else. */
  static Optional<TransitCiphertext> parse(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? Optional.of(new TransitCiphertext(text, Integer.parseInt(form.group(1))))
        : Optional.empty();
  }
}
