package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Keys, certificates and revocation lists. */
class TdxChainTest {
  private static final TestIntel INTEL = new TestIntel();
  private static final TestIntel OTHER = new TestIntel();
  private static final Instant NOW = TestIntel.NOW;
  private static final byte[] QUOTE = new TestQuote(INTEL).build();

  private final TdxVerifier verifier = new TdxVerifier(INTEL.roots(), TdxOptions.STRICT);

  @Test
  void verifiesTheSameAgainFromMemory() {
    assertEquals(
        verifier.verify(QUOTE, with(INTEL.endorsements())),
        verifier.verify(QUOTE, with(INTEL.endorsements())));
  }

  @Test
  void refusesAnotherRootThoughItComesAlong() {
    byte[] quote = new TestQuote(OTHER).build();
    Endorsements endorsements =
        OTHER
            .endorsements()
            .and(new Endorsements(List.of(OTHER.root.certificate()), List.of(), List.of()));
    Refused.with(AttestationCode.ROOT_UNKNOWN, () -> verifier.verify(quote, with(endorsements)));
    Refused.with(
        AttestationCode.ROOT_UNKNOWN,
        () -> TdxVerifier.standard().verify(QUOTE, with(INTEL.endorsements())));
  }

  @Test
  void refusesCertificatesOutsideOfTheirTime() {
    Refused.with(
        AttestationCode.CERTIFICATE_EXPIRED,
        () ->
            verifier.verify(
                QUOTE,
                new Verification(INTEL.endorsements(), null, NOW.plus(Duration.ofDays(366)))));
    Refused.with(
        AttestationCode.CERTIFICATE_EXPIRED,
        () ->
            verifier.verify(
                QUOTE,
                new Verification(INTEL.endorsements(), null, NOW.minus(Duration.ofDays(366)))));
  }

  @Test
  void refusesRevokedCertificates() {
    X509CRL root = TestIntel.crl(INTEL.root);
    X509CRL platform = TestIntel.crl(INTEL.platformCa);
    refusesLists(
        AttestationCode.CERTIFICATE_REVOKED, root, TestIntel.crl(INTEL.platformCa, INTEL.pck));
    refusesLists(
        AttestationCode.CERTIFICATE_REVOKED, TestIntel.crl(INTEL.root, INTEL.platformCa), platform);
    refusesLists(
        AttestationCode.CERTIFICATE_REVOKED, TestIntel.crl(INTEL.root, INTEL.tcbSigning), platform);
  }

  @Test
  void remembersNoChainPastARevocation() {
    verifier.verify(QUOTE, with(INTEL.endorsements()));
    refusesLists(
        AttestationCode.CERTIFICATE_REVOKED,
        TestIntel.crl(INTEL.root),
        TestIntel.crl(INTEL.platformCa, INTEL.pck));
  }

  @Test
  void needsBothRevocationLists() {
    refusesLists(AttestationCode.ENDORSEMENT_MISSING);
    refusesLists(AttestationCode.ENDORSEMENT_MISSING, TestIntel.crl(INTEL.root));
    refusesLists(AttestationCode.ENDORSEMENT_MISSING, TestIntel.crl(INTEL.platformCa));
    refusesLists(
        AttestationCode.ENDORSEMENT_MISSING,
        TestIntel.crl(INTEL.root),
        TestIntel.crl(OTHER.platformCa));
  }

  @Test
  void refusesLateListsUnlessALatenessIsTolerated() {
    X509CRL late =
        TestIntel.crl(
            INTEL.platformCa, NOW.minus(Duration.ofDays(32)), NOW.minus(Duration.ofDays(2)));
    refusesLists(AttestationCode.COLLATERAL_STALE, TestIntel.crl(INTEL.root), late);
    TdxOptions tolerant = TdxOptions.STRICT.toleratingLateness(Duration.ofDays(3));
    TdxVerifier tolerating = new TdxVerifier(INTEL.roots(), tolerant);
    Endorsements endorsements = lists(TestIntel.crl(INTEL.root), late);
    tolerating.verify(QUOTE, with(endorsements));
    Refused.with(
        AttestationCode.COLLATERAL_STALE,
        () ->
            tolerating.verify(
                QUOTE, new Verification(endorsements, null, NOW.plus(Duration.ofDays(2)))));
  }

  @Test
  void refusesAKeyThatIsNoPcks() {
    // The TCB signing certificate leads to the same root.
    byte[] quote = new TestQuote(INTEL.tcbSigning, INTEL.root.certificate()).build();
    Refused.with(
        AttestationCode.CHAIN_INVALID, () -> verifier.verify(quote, with(INTEL.endorsements())));
    TestIntel.Holder named =
        TestIntel.issue(TestIntel.PCK, INTEL.root, false, SgxExtension.standard());
    byte[] short1 = new TestQuote(named, INTEL.root.certificate()).build();
    Refused.with(
        AttestationCode.CHAIN_INVALID, () -> verifier.verify(short1, with(INTEL.endorsements())));
    TestIntel.Holder without = TestIntel.issue(TestIntel.PCK, INTEL.platformCa, false, null);
    byte[] bare = new TestQuote(without, INTEL.platformCa.certificate()).build();
    Refused.with(
        AttestationCode.CHAIN_INVALID, () -> verifier.verify(bare, with(INTEL.endorsements())));
  }

  @Test
  void refusesAQuotingEnclaveThatThePckDidNotSign() {
    TestQuote quote = new TestQuote(INTEL);
    quote.pck = OTHER.pck; // the chain stays that of the first
    byte[] bytes = quote.build();
    Refused.with(
        AttestationCode.SIGNATURE_INVALID,
        () -> verifier.verify(bytes, with(INTEL.endorsements())));
  }

  @Test
  void refusesAnAttestationKeyThatTheEnclaveDoesNotName() {
    TestQuote quote = new TestQuote(INTEL);
    quote.namesKey = false;
    byte[] bytes = quote.build();
    Refused.with(
        AttestationCode.ATTESTATION_KEY_UNTRUSTED,
        () -> verifier.verify(bytes, with(INTEL.endorsements())));
  }

  @Test
  void refusesReportDataOfTheEnclaveWithMoreBehindTheDigest() {
    TestQuote quote = new TestQuote(INTEL).qe(383, 1);
    Refused.with(
        AttestationCode.ATTESTATION_KEY_UNTRUSTED,
        () -> verifier.verify(quote.build(), with(INTEL.endorsements())));
  }

  @Test
  void refusesWhatAnotherBinds() {
    Refused.with(
        AttestationCode.BINDING_MISMATCH,
        () ->
            verifier.verify(
                QUOTE,
                new Verification(INTEL.endorsements(), Bytes.of(TestQuote.filled(64, 0x43)), NOW)));
  }

  private void refusesLists(AttestationCode code, X509CRL... crls) {
    Refused.with(code, () -> verifier.verify(QUOTE, with(lists(crls))));
  }

  private static Endorsements lists(X509CRL... crls) {
    List<X509Certificate> signer = List.of(INTEL.tcbSigning.certificate());
    return new Endorsements(signer, List.of(crls), new TestCollateral(INTEL).documents());
  }

  private static Verification with(Endorsements endorsements) {
    return new Verification(endorsements, Bytes.of(TestQuote.REPORT_DATA), NOW);
  }
}
