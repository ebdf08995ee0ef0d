package dev.strongroom.attestation.snp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.Revocation;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Fuzz targets of what a guest and its host send. In a normal run they replay the seeds committed
 * beside them; with JAZZER_FUZZ=1 they search. What is refused is refused with a typed exception.
 */
class SnpFuzzTest {
  private static final SnpVerifier VERIFIER =
      new SnpVerifier(SnpVerifier.amdRoots(), Revocation.CHECKED_WHERE_GIVEN, Set.of(0, 1, 2, 3));
  private static final Endorsements LEAVES =
      Vectors.endorsements(Vectors.MILAN_VCEK, Vectors.VLEK, Vectors.DEBUG_VCEK);
  private static final List<byte[]> GENUINE =
      List.of(Vectors.bytes(Vectors.MILAN_REPORT), Vectors.bytes(Vectors.VLEK_REPORT));

  @FuzzTest(maxDuration = "10m")
  void report(byte[] data) {
    try {
      SnpReport report = SnpReport.parse(data);
      assertEquals(SnpReport.SIZE, data.length);
      assertArrayEquals(Arrays.copyOf(data, report.signed().size()), report.signed().array());
    } catch (AttestationException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }

  @FuzzTest(maxDuration = "10m")
  void verification(byte[] data) {
    try {
      VERIFIER.verify(data, new Verification(LEAVES, null, Vectors.THEN));
      assertTrue(
          GENUINE.stream().anyMatch(genuine -> Arrays.equals(genuine, data)),
          "nobody but a chip can sign this");
    } catch (AttestationException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }

  /** A leaf as somebody sends it: its extensions are read before its chain is verified. */
  @FuzzTest(maxDuration = "10m")
  void leaf(byte[] data) {
    try {
      Endorsements endorsements = Endorsements.parse(List.of(data));
      for (byte[] genuine : GENUINE) {
        verify(genuine, endorsements);
      }
    } catch (AttestationException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }

  private static void verify(byte[] report, Endorsements endorsements) {
    try {
      SnpClaims claims =
          VERIFIER.verify(report, new Verification(endorsements, null, Vectors.THEN));
      assertEquals(
          ByteBuffer.wrap(report, 0, 0x2a0), ByteBuffer.wrap(claims.report().signed().array()));
    } catch (AttestationException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }
}
