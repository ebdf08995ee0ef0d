package dev.strongroom.attestation.x509;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static dev.strongroom.attestation.x509.TestAuthority.AFTER;
import static dev.strongroom.attestation.x509.TestAuthority.BEFORE;
import static dev.strongroom.attestation.x509.TestAuthority.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.strongroom.attestation.AttestationCode;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLDistPoint;
import org.bouncycastle.asn1.x509.DistributionPoint;
import org.bouncycastle.asn1.x509.DistributionPointName;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.IssuingDistributionPoint;
import org.junit.jupiter.api.Test;

class ChainVerifierTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final TestAuthority ROOT = TestAuthority.root("Root");
  private static final TestAuthority MIDDLE = ROOT.issuing("Middle").authority(0).issue();
  private static final TestAuthority LEAF = MIDDLE.issuing("Leaf").issue();

  private final ChainVerifier verifier = verifier(Revocation.CHECKED_WHERE_GIVEN);

  private static ChainVerifier verifier(Revocation revocation) {
    return new ChainVerifier(new PinnedRoots(List.of(ROOT.certificate()), List.of()), revocation);
  }

  private VerifiedChain verify(TestAuthority leaf, TestAuthority... others) {
    return verifier.verify(leaf.certificate(), certificates(others), List.of(), NOW);
  }

  private VerifiedChain verify(X509CRL... crls) {
    return verifier.verify(LEAF.certificate(), certificates(MIDDLE), List.of(crls), NOW);
  }

  private static List<X509Certificate> certificates(TestAuthority... authorities) {
    return List.of(authorities).stream().map(TestAuthority::certificate).toList();
  }

  @Test
  void aChainThatHoldsGivesItsPathAndTheTimeItHolds() {
    Instant from = NOW.minus(DAY);
    Instant until = NOW.plus(DAY);
    TestAuthority leaf = MIDDLE.issuing("Leaf").valid(from, until).issue();
    VerifiedChain chain = verify(leaf, ROOT, MIDDLE);
    assertEquals(List.of(leaf.certificate(), MIDDLE.certificate()), chain.path());
    assertEquals(leaf.certificate(), chain.leaf());
    assertEquals(ROOT.certificate(), chain.root());
    assertEquals(from, chain.notBefore());
    assertEquals(until, chain.notAfter());
  }

  @Test
  void intermediatesThatAreKnownNeedNotComeAlong() {
    ChainVerifier knowing =
        new ChainVerifier(
            new PinnedRoots(certificates(ROOT), certificates(MIDDLE)),
            Revocation.CHECKED_WHERE_GIVEN);
    VerifiedChain chain = knowing.verify(LEAF.certificate(), List.of(), List.of(), NOW);
    assertEquals(2, chain.path().size());
    assertRefused(AttestationCode.ROOT_UNKNOWN, "CN=Middle", () -> verify(LEAF));
  }

  @Test
  void aRootThatCameAlongIsNotTrusted() {
    TestAuthority other = TestAuthority.root("Root");
    TestAuthority middle = other.issuing("Middle").authority(0).issue();
    TestAuthority leaf = middle.issuing("Leaf").issue();
    assertRefused(AttestationCode.ROOT_UNKNOWN, () -> verify(leaf, middle, other));
    assertRefused(AttestationCode.ROOT_UNKNOWN, () -> verify(other, other));
    assertRefused(AttestationCode.ROOT_UNKNOWN, () -> verify(LEAF, middle, other));
  }

  @Test
  void eachCertificateMustBeValidAtThatTime() {
    TestAuthority old = MIDDLE.issuing("Leaf").valid(BEFORE, NOW.minusSeconds(1)).issue();
    TestAuthority young = MIDDLE.issuing("Leaf").valid(NOW.plusSeconds(1), AFTER).issue();
    TestAuthority oldMiddle =
        ROOT.issuing("Old Middle").authority(0).valid(BEFORE, NOW.minusSeconds(1)).issue();
    TestAuthority oldRoot = TestAuthority.root("Old Root", BEFORE, NOW.minusSeconds(1));
    assertRefused(AttestationCode.CERTIFICATE_EXPIRED, "CN=Leaf", () -> verify(old, MIDDLE));
    assertRefused(AttestationCode.CERTIFICATE_EXPIRED, "CN=Leaf", () -> verify(young, MIDDLE));
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        "CN=Old Middle",
        () -> verify(oldMiddle.issuing("Leaf").issue(), oldMiddle));
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        "CN=Old Root",
        () ->
            new ChainVerifier(
                    new PinnedRoots(certificates(oldRoot), List.of()),
                    Revocation.CHECKED_WHERE_GIVEN)
                .verify(oldRoot.issuing("Leaf").issue().certificate(), List.of(), List.of(), NOW));
  }

  @Test
  void aRenewedIntermediateIsTakenInPlaceOfTheExpiredOne() {
    TestAuthority expired =
        ROOT.issuing("Middle")
            .authority(0)
            .keys(MIDDLE.keys())
            .valid(BEFORE, NOW.minusSeconds(1))
            .issue();
    assertEquals(MIDDLE.certificate(), verify(LEAF, expired, MIDDLE).path().getLast());
  }

  @Test
  void whatIsNoAuthorityIssuesNothing() {
    TestAuthority plain = ROOT.issuing("Plain").issue();
    TestAuthority denied =
        ROOT.issuing("Denied")
            .extension(Extension.basicConstraints, true, new BasicConstraints(false))
            .issue();
    assertRefused(
        AttestationCode.CHAIN_INVALID, () -> verify(plain.issuing("Leaf").issue(), plain));
    assertRefused(
        AttestationCode.CHAIN_INVALID, () -> verify(denied.issuing("Leaf").issue(), denied));
  }

  @Test
  void pathsThatAreTooLongAreRefused() {
    TestAuthority below = MIDDLE.issuing("Below").authority(null).issue();
    assertRefused(
        AttestationCode.CHAIN_INVALID, () -> verify(below.issuing("Leaf").issue(), below, MIDDLE));
    TestAuthority[] many = new TestAuthority[9];
    TestAuthority last = ROOT;
    for (int i = 0; i < many.length; i++) {
      last = last.issuing("Step " + i).authority(null).issue();
      many[i] = last;
    }
    TestAuthority leaf = last.issuing("Leaf").issue();
    assertRefused(AttestationCode.CHAIN_INVALID, "more than 8", () -> verify(leaf, many));
  }

  @Test
  void criticalExtensionsThatNobodyReadsAreRefused() {
    TestAuthority leaf =
        MIDDLE
            .issuing("Leaf")
            .extension(new ASN1ObjectIdentifier("1.3.6.1.4.1.99999.1"), true, new ASN1Integer(1))
            .issue();
    assertRefused(AttestationCode.CHAIN_INVALID, () -> verify(leaf, MIDDLE));
  }

  @Test
  void revokedCertificatesAreRefused() {
    X509CRL ofMiddle = MIDDLE.crl(NOW.minus(DAY), NOW.plus(DAY), LEAF.certificate());
    X509CRL ofRoot = ROOT.crl(NOW.minus(DAY), NOW.plus(DAY), MIDDLE.certificate());
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, "CN=Leaf", () -> verify(ofMiddle));
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, "CN=Middle", () -> verify(ofRoot));
    X509CRL older = MIDDLE.crl(NOW.minus(DAY).minus(DAY), NOW.plus(DAY));
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, () -> verify(older, ofMiddle));
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, () -> verify(ofMiddle, older));
  }

  @Test
  void listsBoundHowLongAChainHolds() {
    VerifiedChain chain =
        verify(MIDDLE.crl(NOW.minus(DAY), NOW.plus(DAY)), ROOT.crl(NOW, NOW.plus(DAY).plus(DAY)));
    assertEquals(NOW, chain.notBefore());
    assertEquals(NOW.plus(DAY), chain.notAfter());
  }

  @Test
  void staleListsAreRefusedAlsoWhereNoneIsNeeded() {
    assertRefused(
        AttestationCode.COLLATERAL_STALE,
        () -> verify(MIDDLE.crl(NOW.minus(DAY), NOW.minusSeconds(1))));
    assertRefused(
        AttestationCode.COLLATERAL_STALE,
        () -> verify(MIDDLE.crl(NOW.plusSeconds(1), NOW.plus(DAY))));
    assertRefused(AttestationCode.COLLATERAL_STALE, () -> verify(MIDDLE.crl(NOW.minus(DAY), null)));
  }

  @Test
  void listsOfOthersSayNothing() {
    TestAuthority impostor = ROOT.issuing("Middle").authority(0).issue();
    X509CRL ofOther =
        TestAuthority.root("Other").crl(NOW.minus(DAY), NOW.plus(DAY), LEAF.certificate());
    X509CRL ofImpostor = impostor.crl(NOW.minus(DAY), NOW.plus(DAY), LEAF.certificate());
    assertEquals(LEAF.certificate(), verify(ofOther, ofImpostor).leaf());
    ChainVerifier strict = verifier(Revocation.REQUIRED);
    assertRefused(
        AttestationCode.ENDORSEMENT_MISSING,
        "CN=Middle",
        () ->
            strict.verify(
                LEAF.certificate(), certificates(MIDDLE), List.of(ofOther, ofImpostor), NOW));
    X509CRL ofMiddle = MIDDLE.crl(NOW.minus(DAY), NOW.plus(DAY));
    assertRefused(
        AttestationCode.ENDORSEMENT_MISSING,
        "CN=Root",
        () -> strict.verify(LEAF.certificate(), certificates(MIDDLE), List.of(ofMiddle), NOW));
    X509CRL ofRoot = ROOT.crl(NOW.minus(DAY), NOW.plus(DAY));
    VerifiedChain chain =
        strict.verify(LEAF.certificate(), certificates(MIDDLE), List.of(ofRoot, ofMiddle), NOW);
    assertEquals(NOW.plus(DAY), chain.notAfter());
  }

  @Test
  void listsThatAreNotWholeAreRefused() throws IOException {
    Extension delta =
        Extension.create(Extension.deltaCRLIndicator, true, new ASN1Integer(BigInteger.ONE));
    assertPartial(delta);
    assertPartial(scope(new IssuingDistributionPoint(null, true, false)));
    assertPartial(scope(new IssuingDistributionPoint(null, false, true)));
    assertPartial(scope(new IssuingDistributionPoint(null, false, false, null, true, false)));
    assertPartial(scope(new IssuingDistributionPoint(point("https://crl/1"), false, false)));
  }

  private void assertPartial(Extension extension) {
    assertRefused(
        AttestationCode.COLLATERAL_INVALID,
        () -> verify(MIDDLE.crl(NOW.minus(DAY), NOW.plus(DAY), List.of(extension))));
  }

  @Test
  void aListOfThePointThatTheCertificateNamesIsItsWholeList() throws IOException {
    TestAuthority leaf =
        MIDDLE
            .issuing("Leaf")
            .extension(
                Extension.cRLDistributionPoints,
                false,
                new CRLDistPoint(
                    new DistributionPoint[] {
                      new DistributionPoint(point("https://crl/1"), null, null)
                    }))
            .issue();
    X509CRL list =
        MIDDLE.crl(
            NOW.minus(DAY),
            NOW.plus(DAY),
            List.of(scope(new IssuingDistributionPoint(point("https://crl/1"), false, false))),
            leaf.certificate());
    assertRefused(
        AttestationCode.CERTIFICATE_REVOKED,
        () -> verifier.verify(leaf.certificate(), certificates(MIDDLE), List.of(list), NOW));
  }

  private static Extension scope(ASN1Encodable scope) throws IOException {
    return Extension.create(Extension.issuingDistributionPoint, true, scope);
  }

  private static DistributionPointName point(String uri) {
    return new DistributionPointName(
        new GeneralNames(new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
  }

  @Test
  void aRememberedChainIsGivenAgainWhileItHoldsAndNotAfter() {
    TestAuthority leaf = MIDDLE.issuing("Leaf").valid(BEFORE, NOW.plus(DAY)).issue();
    List<X509Certificate> others = certificates(MIDDLE);
    VerifiedChain chain = verifier.verify(leaf.certificate(), others, List.of(), NOW);
    assertSame(chain, verifier.verify(leaf.certificate(), others, List.of(), NOW.plus(DAY)));
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        () -> verifier.verify(leaf.certificate(), others, List.of(), NOW.plus(DAY).plusSeconds(1)));
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        () -> verifier.verify(leaf.certificate(), others, List.of(), BEFORE.minusSeconds(1)));
  }

  @Test
  void aRememberedChainIsNotThatOfOtherLists() {
    VerifiedChain remembered = verify(LEAF, MIDDLE);
    assertEquals(LEAF.certificate(), remembered.leaf());
    X509CRL list = MIDDLE.crl(NOW.minus(DAY), NOW.plus(DAY), LEAF.certificate());
    assertRefused(AttestationCode.CERTIFICATE_REVOKED, () -> verify(list));
  }
}
