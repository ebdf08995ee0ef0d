package dev.strongroom.attestation.tpm;

import static dev.strongroom.attestation.tpm.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A quote of a real TPM in another project's form. That form has the key alone, without its public
 * area: so the area is made here, and its name is not the real one.
 */
class TrusteeVectorTest {
  private static final Instant AT = Instant.parse("2025-12-25T00:00:00Z");

  static TpmEvidence evidence() {
    try (InputStream in = TrusteeVectorTest.class.getResourceAsStream("tpm_evidence.json")) {
      JsonNode vector = new ObjectMapper().readTree(Objects.requireNonNull(in));
      JsonNode quote = vector.get("tpm_quote");
      SortedMap<Integer, Bytes> values = new TreeMap<>();
      for (JsonNode value : quote.get("pcrs")) {
        values.put(values.size(), Bytes.ofHex(value.textValue()));
      }
      return new TpmEvidence(
          publicArea(base64(vector.get("ak_public"))),
          new QuoteEvidence(
              Bytes.of(base64(quote.get("message"))),
              Bytes.of(base64(quote.get("signature"))),
              new PcrValues(new TreeMap<>(Map.of(HashAlgorithm.SHA256, values))),
              null));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] base64(JsonNode text) {
    return Base64.getDecoder().decode(text.textValue());
  }

  private static Bytes publicArea(byte[] subjectPublicKeyInfo) {
    try {
      RSAPublicKey key =
          (RSAPublicKey)
              KeyFactory.getInstance("RSA")
                  .generatePublic(new X509EncodedKeySpec(subjectPublicKeyInfo));
      TestTpm.Marshal area = new TestTpm.Marshal();
      area.u16(0x0001).u16(0x000b).u32(TestTpm.ATTESTATION_KEY).sized(new byte[0]);
      area.u16(0x0010).u16(0x0014).u16(0x000b).u16(2048).u32(0);
      area.sized(TestTpm.fixed(key.getModulus(), 256));
      return Bytes.of(new TestTpm.Marshal().sized(area.bytes()).bytes());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static TpmVerifier verifier(TpmEvidence evidence) {
    TpmName name = PublicArea.parse(evidence.akPublic()).name();
    return new TpmVerifier(
        AttestationKeys.of(List.of(new EnrolledKey(name, Bytes.of(new byte[32])))),
        new PinnedRoots(List.of(), List.of()),
        PcrSelection.of(HashAlgorithm.SHA256, 0, 7, 16, 23));
  }

  @Test
  void verifies() {
    TpmEvidence evidence = evidence();
    Bytes nonce = Quote.parse(evidence.quote().message()).extraData();
    TpmClaims claims =
        verifier(evidence)
            .verify(evidence.encode(), new Verification(Endorsements.NONE, nonce, AT));
    assertEquals(64, nonce.size());
    assertEquals(
        "ff".repeat(32),
        Objects.requireNonNull(claims.quote().pcrs().value(HashAlgorithm.SHA256, 17)).hex());
    assertEquals(2, claims.quote().quote().resetCount());
    assertEquals("2019102300163636", claims.values().get("firmware_version"));
  }

  @Test
  void anotherNonceIsRefused() {
    TpmEvidence evidence = evidence();
    var _ =
        refused(
            AttestationCode.BINDING_MISMATCH,
            () ->
                verifier(evidence)
                    .verify(
                        evidence.encode(),
                        new Verification(Endorsements.NONE, Bytes.of(new byte[64]), AT)));
  }
}
