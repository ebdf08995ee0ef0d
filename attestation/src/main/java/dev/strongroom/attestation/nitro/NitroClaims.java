package dev.strongroom.attestation.nitro;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * What a verified attestation document says.
 *
 * @param moduleId of the enclave: {@code i-...-enc...}
 * @param timestamp when the document was made
 * @param digest what the PCRs are made with
 * @param pcrs by index
 * @param publicKey that the enclave gave, where it did
 * @param userData that the enclave gave, where it did
 * @param nonce that the enclave gave, where it did
 * @param leafFingerprint SHA-256 of the enclave's certificate
 */
public record NitroClaims(
    String moduleId,
    Instant timestamp,
    String digest,
    SortedMap<Integer, Bytes> pcrs,
    @Nullable Bytes publicKey,
    @Nullable Bytes userData,
    @Nullable Bytes nonce,
    Bytes leafFingerprint)
    implements Claims {

  @Override
  public EvidenceType type() {
    return EvidenceType.NITRO;
  }

  /**
   * {@code module_id}, {@code timestamp} (RFC 3339), {@code digest}, {@code pcrs} (a map from the
   * index, {@code "0"}, to the value), {@code certificate_sha256}, and of {@code public_key},
   * {@code user_data} and {@code nonce} those that are there.
   */
  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("module_id", moduleId);
    values.put("timestamp", timestamp.toString());
    values.put("digest", digest);
    Map<String, Object> registers = new LinkedHashMap<>();
    pcrs.forEach((index, value) -> registers.put(Integer.toString(index), value.hex()));
    values.put("pcrs", registers);
    values.put("certificate_sha256", leafFingerprint.hex());
    put(values, "public_key", publicKey);
    put(values, "user_data", userData);
    put(values, "nonce", nonce);
    return values;
  }

  private static void put(Map<String, Object> values, String name, @Nullable Bytes value) {
    if (value != null) {
      values.put(name, value.hex());
    }
  }
}
