package dev.strongroom.attestation.nitro;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.Certificates;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.attestation.x509.VerifiedChain;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * Verifies attestation documents of AWS Nitro Enclaves (Nitro Enclaves Attestation Process, section
 * 3). The binding is the nonce, whole. The chain of the signing key comes inside the document;
 * revocation lists need not come along, since AWS does not use them here, but one that does is
 * checked.
 */
public final class NitroVerifier implements AttestationVerifier {
  /** How far a document's time may be from that of verification, either way. */
  public static final Duration STANDARD_AGE = Duration.ofMinutes(5);

  private static final int DIGITAL_SIGNATURE = 0;
  private static final int NO_AUTHORITY = -1;

  private final PinnedRoots pinned;
  private final ChainVerifier chains;
  private final Duration age;

  /**
   * @param pinned what chains must end in
   * @param age how far the time of a document may be from that of its verification, either way. The
   *     nonce is what makes it fresh; this bounds how far its clock is believed. AWS's certificates
   *     end it after three hours in any case
   */
  public NitroVerifier(PinnedRoots pinned, Duration age) {
    this.pinned = pinned;
    this.chains = new ChainVerifier(pinned, Revocation.CHECKED_WHERE_GIVEN);
    this.age = age;
  }

  /** With the root of AWS and {@link #STANDARD_AGE}. */
  public static NitroVerifier standard() {
    return new NitroVerifier(standardRoots(), STANDARD_AGE);
  }

  /** The root that AWS publishes: G1. */
  public static PinnedRoots standardRoots() {
    return PinnedRoots.resources(NitroVerifier.class, "aws-nitro-root-g1.pem");
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.NITRO;
  }

  @Override
  public NitroClaims verify(byte[] evidence, Verification against) {
    // 1. Read the envelope and the document in it.
    CoseSign1 signed = CoseSign1.parse(evidence);
    NitroDocument document = NitroDocument.parse(signed.payload().array());
    // 2. Lead the certificate to the pinned root.
    VerifiedChain chain = chain(document, against);
    // 3. Verify the signature of the exact bytes.
    EcdsaSignatures.require(
        Curve.P384,
        chain.leaf().getPublicKey(),
        signed.toBeSigned(),
        signed.signature().array(),
        "the attestation document");
    // 4. Refuse what can be debugged.
    requireNoDebug(document);
    // 5. Refuse what was made at another time.
    requireTime(document, against.at());
    // 6. Compare what it binds.
    against.requireWholeBinding(document.nonce(), "nonce");
    // 7. Give what was verified.
    return claims(document);
  }

  private VerifiedChain chain(NitroDocument document, Verification against) {
    List<X509Certificate> bundle =
        document.caBundle().stream()
            .map(der -> Certificates.der(der.array(), "certificate of the cabundle"))
            .toList();
    // The order is part of the format. It is the pinned one that is trusted, not this one.
    if (!pinned.roots().contains(bundle.getFirst())) {
      throw new AttestationException(
          AttestationCode.ROOT_UNKNOWN,
          "the cabundle begins with a certificate that is no root pinned here");
    }
    VerifiedChain chain =
        chains.verify(
            Certificates.der(document.certificate().array(), "certificate"),
            bundle,
            against.endorsements().crls(),
            against.at());
    boolean[] usage = chain.leaf().getKeyUsage();
    if (chain.leaf().getBasicConstraints() != NO_AUTHORITY
        || usage == null
        || !usage[DIGITAL_SIGNATURE]) {
      throw new AttestationException(
          AttestationCode.CHAIN_INVALID,
          "the certificate of the document is an authority's, or not one for signatures");
    }
    return chain;
  }

  private static void requireNoDebug(NitroDocument document) {
    for (int index = 0; index < 3; index++) {
      Bytes value = document.pcrs().get(index);
      if (value == null || value.isZero()) {
        throw new AttestationException(
            AttestationCode.DEBUG_ENABLED,
            "PCR " + index + " is zero: the enclave runs in debug mode. Start it without");
      }
    }
  }

  private void requireTime(NitroDocument document, Instant at) {
    if (Duration.between(document.timestamp(), at).abs().compareTo(age) > 0) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_STALE,
          "the attestation document was made at "
              + document.timestamp()
              + ", more than "
              + age
              + " from "
              + at);
    }
  }

  private static NitroClaims claims(NitroDocument document) {
    return new NitroClaims(
        document.moduleId(),
        document.timestamp(),
        document.digest(),
        document.pcrs(),
        document.publicKey(),
        document.userData(),
        document.nonce(),
        sha256(document.certificate()));
  }

  private static Bytes sha256(Bytes bytes) {
    try {
      return Bytes.of(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
