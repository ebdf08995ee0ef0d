package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.snp.SnpClaims.TcbVersions;
import dev.strongroom.attestation.snp.SnpReport.Cpu;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.attestation.x509.VerifiedChain;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Verifies SEV-SNP attestation reports. Evidence is the report alone, {@link SnpReport#SIZE} bytes;
 * the VCEK or VLEK certificate of its key is among the endorsements, where a certificate table
 * ({@code auxblob} of configfs-tsm) may stand for it. A guest that can be debugged is never
 * accepted.
 *
 * <p>AMD revokes authorities alone: a leaf is superseded by another TCB. {@link
 * Revocation#REQUIRED_FOR_AUTHORITIES} is therefore the most that AMD's lists can satisfy.
 */
public final class SnpVerifier implements AttestationVerifier {
  private static final int CHAIN_BELOW_ROOT = 2;

  private final ChainVerifier chains;
  private final Set<Integer> vmpls;

  /**
   * With these.
   *
   * @param roots AMD's: {@link #amdRoots}
   * @param revocation what revocation lists must come along
   * @param vmpls the levels of the guest, 0 to 3, whose reports count: more than 0 only where what
   *     runs at 0 (a paravisor, an SVSM) leaves attestation to them
   */
  public SnpVerifier(PinnedRoots roots, Revocation revocation, Set<Integer> vmpls) {
    if (vmpls.isEmpty() || !Set.of(0, 1, 2, 3).containsAll(vmpls)) {
      throw new IllegalArgumentException("VMPLs are 0 to 3, and one at least: " + vmpls);
    }
    this.chains = new ChainVerifier(roots, revocation);
    this.vmpls = Set.copyOf(vmpls);
  }

  /** With AMD's roots, revocation lists where they are given, and VMPL 0. */
  public static SnpVerifier standard() {
    return new SnpVerifier(amdRoots(), Revocation.CHECKED_WHERE_GIVEN, Set.of(0));
  }

  /** The ARKs of Milan, Genoa and Turin, and their ASKs and ASVKs. */
  public static PinnedRoots amdRoots() {
    return PinnedRoots.resources(SnpVerifier.class, "roots.pem", "intermediates.pem");
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.SNP;
  }

  /**
   * As {@link AttestationVerifier#verify}.
   *
   * @throws AttestationException as {@link SnpReport#parse} and {@link ChainVerifier#verify}, and
   *     {@link AttestationCode#ENDORSEMENT_MISSING} without a leaf, {@link
   *     AttestationCode#CERTIFICATE_MISMATCH} for one of another kind, chip or product, {@link
   *     AttestationCode#TCB_MISMATCH}, {@link AttestationCode#SIGNATURE_INVALID}, {@link
   *     AttestationCode#DEBUG_ENABLED}, {@link AttestationCode#VMPL_FORBIDDEN}, {@link
   *     AttestationCode#BINDING_MISMATCH}
   */
  @Override
  public SnpClaims verify(byte[] evidence, Verification against) {
    SnpReport report = SnpReport.parse(evidence); // 1. its form
    List<CertifiedKey> keys = certifiedKeys(report, against); // 2. leaves that agree with it
    CertifiedKey key = requireSigned(report, keys, against); // 3. chain and signature
    TcbVersions tcb = TcbVersions.of(report, key.product());
    requireOrdered(report, tcb); // 4. versions that can be
    requireNoDebug(report); // 5. a guest that the host cannot read
    requireVmpl(report); // 6. asked for from where it counts
    against.requireBinding(report.reportData(), "report data"); // 7. what was asked for
    return new SnpClaims(report, key.product(), tcb, chipId(report, key), key.providerId());
  }

  /** Not empty. */
  private static List<CertifiedKey> certifiedKeys(SnpReport report, Verification against) {
    List<CertifiedKey> agreeing = new ArrayList<>();
    AttestationException refusal = null;
    for (X509Certificate each : against.endorsements().certificates()) {
      SigningKey kind = CertifiedKey.kindOf(each).orElse(null);
      if (kind == null) {
        continue;
      }
      try {
        agreeing.add(requireAgreement(report, each, kind));
      } catch (AttestationException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    if (agreeing.isEmpty()) {
      throw refusal == null ? leafMissing(report) : refusal;
    }
    return agreeing;
  }

  private static AttestationException leafMissing(SnpReport report) {
    String kind = report.keys().signingKey().subject();
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MISSING,
        "the certificate of the key that signed the report is not among the endorsements: add the "
            + kind
            + " certificate of its chip and REPORTED_TCB from AMD's key distribution service or the"
            + " host's certificate table");
  }

  private static CertifiedKey requireAgreement(
      SnpReport report, X509Certificate certificate, SigningKey kind) {
    if (kind != report.keys().signingKey()) {
      throw mismatch(
          "the report is signed by a "
              + report.keys().signingKey().wireName()
              + ", the certificate is of a "
              + kind.wireName());
    }
    CertifiedKey key = CertifiedKey.of(certificate, kind);
    requireProduct(report.cpu(), key.product());
    requireChip(report.chipId(), key.hardwareId());
    TcbVersion reported = TcbVersion.of(report.reportedTcb(), key.product(), "REPORTED_TCB");
    if (!reported.equals(key.tcb())) {
      throw new AttestationException(
          AttestationCode.TCB_MISMATCH,
          "the report is of the TCB "
              + reported
              + ", the certificate of "
              + key.tcb()
              + ": get that of the report");
    }
    return key;
  }

  private static void requireProduct(@Nullable Cpu cpu, Product product) {
    if (cpu != null && Product.ofCpu(cpu.family(), cpu.model()).orElse(null) != product) {
      throw mismatch(
          "the report is of a processor of family 0x%x, model 0x%x; the certificate is of %s"
              .formatted(cpu.family(), cpu.model(), product.productName()));
    }
  }

  // A chip that the platform masks is known by its VCEK all the same: the signature is its own.
  private static void requireChip(Bytes chipId, @Nullable Bytes hardwareId) {
    if (hardwareId != null && !chipId.isZero() && !chipId.equals(hardwareId)) {
      throw mismatch("the certificate is of another chip than the report");
    }
  }

  private static AttestationException mismatch(String message) {
    return new AttestationException(AttestationCode.CERTIFICATE_MISMATCH, message);
  }

  /** The first of these whose chain holds and whose key signed; the first refusal otherwise. */
  private CertifiedKey requireSigned(
      SnpReport report, List<CertifiedKey> keys, Verification against) {
    AttestationException refusal = null;
    for (CertifiedKey key : keys) {
      try {
        requireChain(key, against);
        EcdsaSignatures.require(
            Curve.P384,
            key.certificate().getPublicKey(),
            report.signed().array(),
            report.signature().array(),
            "the report");
        return key;
      } catch (AttestationException e) {
        refusal = refusal == null ? e : refusal;
      }
    }
    throw Objects.requireNonNull(refusal); // there was one key at least
  }

  private void requireChain(CertifiedKey key, Verification against) {
    VerifiedChain chain =
        chains.verify(
            key.certificate(),
            against.endorsements().certificates(),
            against.endorsements().crls(),
            against.at());
    String root = CommonName.of(chain.root().getSubjectX500Principal());
    if (chain.path().size() != CHAIN_BELOW_ROOT || !root.equals(key.product().root())) {
      throw new AttestationException(
          AttestationCode.CHAIN_INVALID,
          "the chain of the report's key is not "
              + key.kind().subject()
              + ", "
              + key.product().authority(key.kind())
              + ", "
              + key.product().root());
    }
  }

  // Nothing is said about LAUNCH_TCB: provisional firmware may have been rolled back since, and a
  // migrated guest brings that of another machine. Policies may name its least.
  private static void requireOrdered(SnpReport report, TcbVersions tcb) {
    if (!tcb.reported().isAtMost(tcb.current()) || !tcb.committed().isAtMost(tcb.current())) {
      throw new AttestationException(
          AttestationCode.TCB_MISMATCH,
          "the report's CURRENT_TCB " + tcb.current() + " is below its REPORTED or COMMITTED_TCB");
    }
    if (report.committedFirmware().compareTo(report.currentFirmware()) > 0) {
      throw new AttestationException(
          AttestationCode.TCB_MISMATCH,
          "the report's firmware "
              + report.currentFirmware()
              + " is below the committed "
              + report.committedFirmware());
    }
  }

  private static void requireNoDebug(SnpReport report) {
    if (report.policy().debugAllowed()) {
      throw new AttestationException(
          AttestationCode.DEBUG_ENABLED,
          "the policy of the guest lets the host read its memory (bit 19, DEBUG): launch it without");
    }
  }

  private void requireVmpl(SnpReport report) {
    if (report.vmpl() == SnpReport.HOST_REQUESTED) {
      throw new AttestationException(
          AttestationCode.VMPL_FORBIDDEN,
          "the host asked for the report, not the guest: it binds nothing");
    }
    if (!vmpls.contains((int) report.vmpl())) {
      throw new AttestationException(
          AttestationCode.VMPL_FORBIDDEN,
          "the report was asked for from VMPL " + report.vmpl() + "; allowed is " + vmpls);
    }
  }

  private static @Nullable Bytes chipId(SnpReport report, CertifiedKey key) {
    if (key.hardwareId() != null) {
      return key.hardwareId();
    }
    return report.chipId().isZero() ? null : report.chipId();
  }
}
