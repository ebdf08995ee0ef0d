package dev.strongroom.core.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Require;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * One piece of attestation evidence (RFC 9334 section 4.2), as it came from the hardware.
 *
 * @param type {@code sev-snp}, {@code tdx}, {@code tpm}, {@code nitro} or {@code nvidia-gpu}
 * @param data the evidence, at most 256 KiB
 */
public record Evidence(String type, Blob data) {
  private static final Pattern TYPE = Pattern.compile("[a-z0-9-]{1,32}");
  private static final int MAX_CHARS = 256 * 1024 * 4 / 3 + 4;

  public Evidence {
    Require.present(type, "type");
    Require.present(data, "data");
    Require.that(TYPE.matcher(type).matches(), "an evidence type is 1 to 32 of a-z 0-9 and hyphen");
    Require.that(data.base64url().length() <= MAX_CHARS, "evidence is at most 256 KiB");
  }

  /** SHA-256 over type and data: what the request and the log commit to. */
  public Sha256Digest digest() {
    return Sha256Digest.of((type + "." + data.base64url()).getBytes(StandardCharsets.US_ASCII));
  }
}
