package dev.strongroom.attestation.azure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrValues;
import dev.strongroom.attestation.tpm.QuoteEvidence;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Evidence of a real machine, in another project's form, put into ours. */
final class AzureVector {
  /** What its guest was asked to bind. */
  static final Bytes NONCE = Bytes.of("challenge".getBytes(StandardCharsets.US_ASCII));

  private static final Instant AT = Instant.parse("2025-12-25T00:00:00Z");
  private static final JsonNode VECTOR = read();

  private AzureVector() {}

  private static JsonNode read() {
    try (InputStream in = AzureVector.class.getResourceAsStream("az-snp-vtpm-evidence-v1.json")) {
      return new ObjectMapper().readTree(Objects.requireNonNull(in));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Bytes hclReport() {
    return Bytes.of(Base64.getUrlDecoder().decode(VECTOR.get("hcl_report").textValue()));
  }

  static AzureEvidence evidence() {
    JsonNode quote = VECTOR.get("tpm_quote");
    SortedMap<Integer, Bytes> values = new TreeMap<>();
    for (JsonNode value : quote.get("pcrs")) {
      values.put(values.size(), Bytes.ofHex(value.textValue()));
    }
    return new AzureEvidence(
        hclReport(),
        new QuoteEvidence(
            Bytes.ofHex(quote.get("message").textValue()),
            // That form has the bare signature: RSASSA with SHA-256, of 256 bytes.
            Bytes.ofHex("0014000b0100" + quote.get("signature").textValue()),
            new PcrValues(new TreeMap<>(Map.of(HashAlgorithm.SHA256, values))),
            null));
  }

  static Verification against(@Nullable Bytes binding) {
    byte[] vcek = Base64.getUrlDecoder().decode(VECTOR.get("vcek").textValue());
    return new Verification(Endorsements.parse(List.of(vcek)), binding, AT);
  }
}
