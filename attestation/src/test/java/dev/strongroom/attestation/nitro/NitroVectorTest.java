package dev.strongroom.attestation.nitro;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** A real document of an enclave in us-east-1. */
class NitroVectorTest {
  static final Instant AT = Instant.parse("2025-12-25T13:15:40Z");
  private static final String ROOT_G1 =
      "641a0321a3e244efe456463195d606317ed7cdcc3c1756e09893f3c68f79bb5b";

  private final NitroVerifier verifier = NitroVerifier.standard();

  static byte[] file() {
    try (InputStream in = NitroVectorTest.class.getResourceAsStream("nitro_attestation.bin")) {
      return Objects.requireNonNull(in).readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] document() {
    return DstackEnvelope.document(file());
  }

  private static Verification at(Instant at) {
    return new Verification(Endorsements.NONE, null, at);
  }

  @Test
  void thePinnedRootIsTheOneThatAwsNames() throws Exception {
    List<X509Certificate> roots = NitroVerifier.standardRoots().roots();
    assertEquals(1, roots.size());
    byte[] der = roots.getFirst().getEncoded();
    assertEquals(ROOT_G1, Bytes.of(MessageDigest.getInstance("SHA-256").digest(der)).hex());
  }

  @Test
  void itVerifiesWithItsClaims() {
    NitroClaims claims = verifier.verify(document(), at(AT));
    assertEquals(EvidenceType.NITRO, claims.type());
    assertEquals("i-0827e799ec9232d44-enc019b55a68bd2ed4b", claims.moduleId());
    assertEquals(Instant.parse("2025-12-25T13:15:37.578Z"), claims.timestamp());
    assertEquals(16, claims.pcrs().size());
    assertNull(claims.publicKey());
    assertNull(claims.nonce());
    assertEquals(Bytes.of(new byte[64]), claims.userData());
    Map<String, Object> values = claims.values();
    assertEquals(
        List.of("module_id", "timestamp", "digest", "pcrs", "certificate_sha256", "user_data"),
        List.copyOf(values.keySet()));
    assertEquals("SHA384", values.get("digest"));
    assertEquals("2025-12-25T13:15:37.578Z", values.get("timestamp"));
    assertEquals(
        "6382ba392dcb385dbb40e1ad390db81a7bbbd545a5f4a4168a5856e0cf9afb24",
        values.get("certificate_sha256"));
    Map<?, ?> pcrs = (Map<?, ?>) Objects.requireNonNull(values.get("pcrs"));
    assertEquals(
        "5cb702954321826d7939d6da829a940d787fcf32357beb8eae1ddf33c28c17d3"
            + "6f3ac3ba6828fdf7edeed02889702da6",
        pcrs.get("0"));
    assertEquals("00".repeat(48), pcrs.get("15"));
  }

  @Test
  void itHoldsAsLongAsItsCertificateAndTheBoundAllow() {
    Duration day = Duration.ofDays(1);
    NitroVerifier patient = new NitroVerifier(NitroVerifier.standardRoots(), day);
    Instant end = Instant.parse("2025-12-25T16:15:37Z");
    Instant begin = Instant.parse("2025-12-25T13:15:34Z");
    for (Instant at : List.of(begin, end)) {
      assertEquals(16, patient.verify(document(), at(at)).pcrs().size());
    }
    for (Instant at :
        List.of(begin.minusSeconds(1), end.plusSeconds(1), end.plus(day), Instant.EPOCH)) {
      assertRefused(AttestationCode.CERTIFICATE_EXPIRED, () -> patient.verify(document(), at(at)));
    }
    Instant late = Instant.parse("2025-12-25T13:20:37.578Z");
    assertEquals(16, verifier.verify(document(), at(late)).pcrs().size());
    assertRefused(
        AttestationCode.EVIDENCE_STALE, () -> verifier.verify(document(), at(late.plusMillis(1))));
  }

  @Test
  void withoutNonceItBindsNothing() {
    for (Bytes binding : List.of(Bytes.of((byte) 1), Bytes.ofHex("ab".repeat(64)))) {
      assertRefused(
          AttestationCode.BINDING_MISMATCH,
          "has no nonce",
          () -> verifier.verify(document(), new Verification(Endorsements.NONE, binding, AT)));
    }
  }

  @Test
  void itsEnvelopeIsNoDocument() {
    byte[] file = file();
    assertRefused(AttestationCode.EVIDENCE_MALFORMED, () -> verifier.verify(file, at(AT)));
    assertEquals(4527, document().length);
    byte[] document = document();
    assertSame(document, DstackEnvelope.document(document));
    byte[] cut = Arrays.copyOf(file, 100);
    assertSame(cut, DstackEnvelope.document(cut));
    assertArrayEquals(new byte[2], DstackEnvelope.document(new byte[2]));
  }

  @Test
  void noFlippedBitVerifies() {
    byte[] document = document();
    // A prime step reaches every field and, with the bit that turns, every bit of a byte.
    for (int i = 0; i < document.length; i += i < 200 || i > document.length - 110 ? 1 : 5) {
      byte[] flipped = document.clone();
      flipped[i] ^= (byte) (1 << i % 8);
      assertThrows(AttestationException.class, () -> verifier.verify(flipped, at(AT)), "byte " + i);
    }
  }

  @Test
  void nothingMayLackOrFollow() {
    byte[] document = document();
    for (int size = 0; size < document.length; size++) {
      byte[] cut = Arrays.copyOf(document, size);
      assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> verifier.verify(cut, at(AT)));
    }
    byte[] longer = Arrays.copyOf(document, document.length + 1);
    assertRefused(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> verifier.verify(longer, at(AT)));
    assertRefused(
        AttestationCode.EVIDENCE_OVERSIZED,
        () -> verifier.verify(Arrays.copyOf(document, 20_481), at(AT)));
  }
}
