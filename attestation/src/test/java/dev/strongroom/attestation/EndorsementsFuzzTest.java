package dev.strongroom.attestation;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.Revocation;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/** What comes along with evidence is read before anything of it is verified. */
class EndorsementsFuzzTest {
  private static final Instant AT = Instant.parse("2025-06-01T00:00:00Z");

  /** Certificates, revocation lists, tables and documents, whichever it is. */
  @FuzzTest(maxDuration = "10m")
  void parse(byte[] file) {
    try {
      var _ = Endorsements.parse(List.of(file));
    } catch (AttestationException refusal) {
      // as it should be
    }
  }

  /** A chain that somebody sends leads to no root that it was not issued under. */
  @FuzzTest(maxDuration = "10m")
  void chain(byte[] file) {
    try {
      Endorsements given = Endorsements.parse(List.of(file));
      ChainVerifier chains =
          new ChainVerifier(SnpVerifier.amdRoots(), Revocation.CHECKED_WHERE_GIVEN);
      for (X509Certificate leaf : given.certificates()) {
        verify(chains, leaf, given);
      }
    } catch (AttestationException refusal) {
      // as it should be
    }
  }

  private static void verify(ChainVerifier chains, X509Certificate leaf, Endorsements given) {
    try {
      var _ = chains.verify(leaf, given.certificates(), given.crls(), AT);
    } catch (AttestationException refusal) {
      // as it should be
    }
  }
}
