package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tdx.TdxOptions.CollateralRule;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.attestation.x509.VerifiedChain;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * Verifies quotes of Intel TDX. The endorsements are the revocation lists of Intel's root and of
 * the PCK authority, TCB info (id TDX) and enclave identity (id TD_QE) as the provisioning
 * certification service answers them, and the TCB signing certificate.
 *
 * <p>The binding is REPORTDATA.
 */
public final class TdxVerifier implements AttestationVerifier {
  private static final int REMEMBERED = 1024;

  private final TdxOptions options;
  private final ChainVerifier chains;
  private final CollateralVerifier collateral;
  private final Remembered<Boolean> vouched = new Remembered<>(REMEMBERED);

  public TdxVerifier(PinnedRoots roots, TdxOptions options) {
    this.options = options;
    chains = new ChainVerifier(roots, revocation(options), options.toleratedLateness());
    collateral = new CollateralVerifier(chains, options.toleratedLateness());
  }

  /** With Intel's root and {@link TdxOptions#STRICT}. */
  public static TdxVerifier standard() {
    return standard(TdxOptions.STRICT);
  }

  /** With Intel's root. */
  public static TdxVerifier standard(TdxOptions options) {
    return new TdxVerifier(PinnedRoots.resources(TdxVerifier.class, "root.pem"), options);
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.TDX;
  }

  /**
   * {@inheritDoc}
   *
   * <ol>
   *   <li>The quote is whole and of a version known here.
   *   <li>Neither the domain nor the quoting enclave can be debugged.
   *   <li>The PCK's certificate leads to a pinned root and is not revoked.
   *   <li>The PCK signed the report of the quoting enclave.
   *   <li>That report names the attestation key.
   *   <li>The attestation key signed header and body.
   *   <li>The body binds what was expected.
   *   <li>Intel's collateral, verified, lists the security versions with an accepted status.
   * </ol>
   *
   * @throws AttestationException as {@link TdxQuote#parse}; {@link AttestationCode#DEBUG_ENABLED};
   *     as {@link ChainVerifier#verify} for the PCK's chain; {@link
   *     AttestationCode#SIGNATURE_INVALID}; {@link AttestationCode#ATTESTATION_KEY_UNTRUSTED};
   *     {@link AttestationCode#BINDING_MISMATCH}; {@link AttestationCode#ENDORSEMENT_MISSING},
   *     {@link AttestationCode#ENDORSEMENT_MALFORMED}, {@link AttestationCode#COLLATERAL_INVALID},
   *     {@link AttestationCode#COLLATERAL_STALE}; {@link AttestationCode#TCB_REVOKED}, {@link
   *     AttestationCode#TCB_STATUS_REFUSED}; {@link AttestationCode#QUOTING_ENCLAVE_UNKNOWN};
   *     {@link AttestationCode#MEASUREMENT_MISMATCH} for the TDX module
   */
  @Override
  public TdxClaims verify(byte[] evidence, Verification against) {
    TdxQuote quote = TdxQuote.parse(evidence);
    requireNoDebug(quote);
    X509Certificate pck = requirePckChain(quote.certification(), against);
    requireQuotingEnclaveSigned(quote.certification(), pck);
    requireAttestationKeyNamed(quote);
    requireQuoteSigned(quote);
    against.requireBinding(quote.report().reportData(), "REPORTDATA");
    PckIdentity platform = PckExtension.read(pck);
    TcbAppraisal tcb = appraise(quote, platform, against);
    return new TdxClaims(
        quote.version(),
        quote.userData(),
        quote.report(),
        quote.certification().report(),
        platform,
        tcb);
  }

  private static void requireNoDebug(TdxQuote quote) {
    quote.report().attributes().requireTrusted();
    if (quote.certification().report().debug()) {
      throw new AttestationException(
          AttestationCode.DEBUG_ENABLED, "the host can debug the quoting enclave");
    }
  }

  private X509Certificate requirePckChain(QeCertification certification, Verification against) {
    List<X509Certificate> given = certification.chain();
    VerifiedChain chain =
        chains.verify(
            given.getFirst(),
            given.subList(1, given.size()),
            against.endorsements().crls(),
            against.at());
    IntelCertificates.requirePck(chain);
    return chain.leaf();
  }

  private void requireQuotingEnclaveSigned(QeCertification certification, X509Certificate pck) {
    byte[] report = certification.report().signed().array();
    byte[] signature = certification.signature().array();
    Bytes key = Remembered.key(encoded(pck), report, signature);
    if (vouched.get(key) != null) {
      return; // the same enclave on the same platform: its report stays the same until it restarts
    }
    EcdsaSignatures.require(
        Curve.P256, pck.getPublicKey(), report, signature, "the quoting enclave's report");
    vouched.put(key, true);
  }

  private static void requireAttestationKeyNamed(TdxQuote quote) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(quote.attestationKey().array());
      digest.update(quote.certification().authenticationData().array());
      Bytes reportData = quote.certification().report().reportData();
      if (!Bytes.of(digest.digest()).padded(reportData.size()).equals(reportData)) {
        throw new AttestationException(
            AttestationCode.ATTESTATION_KEY_UNTRUSTED,
            "the quoting enclave's report does not name the key that the quote is signed under");
      }
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static void requireQuoteSigned(TdxQuote quote) {
    EcdsaSignatures.require(
        Curve.P256,
        EcdsaSignatures.key(Curve.P256, quote.attestationKey().array()),
        quote.signed().array(),
        quote.signature().array(),
        "the quote");
  }

  private TcbAppraisal appraise(TdxQuote quote, PckIdentity platform, Verification against) {
    Optional<TcbInfo> info = collateral.tcbInfo(platform, against);
    Optional<QeIdentity> identity = collateral.qeIdentity(against);
    if (options.collateral() == CollateralRule.REQUIRED) {
      requireGiven(info, "TCB info (id TDX)");
      requireGiven(identity, "identity of the quoting enclave (id TD_QE)");
    }
    TcbAppraisal tcb = TcbAppraiser.appraise(quote, platform, info, identity);
    requireAccepted(tcb);
    return tcb;
  }

  private static void requireGiven(Optional<? extends Collateral> piece, String name) {
    if (piece.isEmpty()) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MISSING,
          "the " + name + " of the platform was not given; fetch Intel's collateral for it");
    }
  }

  private void requireAccepted(TcbAppraisal tcb) {
    TcbStatus status = tcb.worstKnown();
    if (status == TcbStatus.REVOKED) {
      throw new AttestationException(
          AttestationCode.TCB_REVOKED,
          "Intel has revoked the platform's security versions: " + tcb.advisoryIds());
    }
    if (!options.acceptedStatuses().contains(status)) {
      throw new AttestationException(
          AttestationCode.TCB_STATUS_REFUSED,
          "the TCB status of the platform is "
              + status.wireName()
              + ", which is not accepted here; open advisories: "
              + tcb.advisoryIds());
    }
  }

  private static Revocation revocation(TdxOptions options) {
    return switch (options.collateral()) {
      case REQUIRED -> Revocation.REQUIRED;
      case VERIFIED_WHERE_GIVEN -> Revocation.CHECKED_WHERE_GIVEN;
    };
  }

  private static byte[] encoded(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (CertificateEncodingException e) {
      throw new AttestationException(
          AttestationCode.CHAIN_INVALID, "the certificate of the PCK cannot be encoded", e);
    }
  }
}
