package dev.strongroom.keyservice.posture;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.ModelVersion;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * The name of a version as an object of a cluster: a DNS subdomain (RFC 1123), different for each
 * version. {@code acme/chat} in version {@code 3} is {@code acme.chat.3}: organisation, name and
 * version, with {@code --} and two hexadecimal digits for each character that such a name cannot
 * hold there. Where that does not do (a version that begins in upper case, more than 253
 * characters) it is {@code sha256-} and the digest of {@code MODEL:VERSION}. Normative: {@code
 * docs/spec/policy.md}.
 */
public final class ModelVersionName {
  private static final int LONGEST = 253;

  private ModelVersionName() {}

  public static String of(ModelVersion target) {
    String version = target.version().value();
    String name =
        part(target.model().organisation())
            + "."
            + part(target.model().name())
            + "."
            + part(version);
    return name.length() <= LONGEST && isPlain(version.charAt(0))
        ? name
        : "sha256-" + Sha256Digest.of(target.toString().getBytes(StandardCharsets.UTF_8)).hex();
  }

  private static String part(String text) {
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      boolean followed = i + 1 < text.length() && isPlain(text.charAt(i + 1));
      if (isPlain(each) || (each == '-' && followed)) {
        part.append(each);
      } else {
        part.append(String.format(Locale.ROOT, "--%02x", (int) each));
      }
    }
    return part.toString();
  }

  private static boolean isPlain(char each) {
    return (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9');
  }
}
