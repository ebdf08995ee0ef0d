package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.nvidia.NvidiaEvidence.Item;
import dev.strongroom.attestation.x509.ChainVerifier;
import dev.strongroom.attestation.x509.EcdsaSignatures;
import dev.strongroom.attestation.x509.EcdsaSignatures.Curve;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Verifies measurement reports of NVIDIA GPUs and NVSwitches. The binding is the nonce of the
 * request (32 bytes), the same for each device of the evidence.
 *
 * <p>That a device is not in a development mode shows in its measurements alone: reference
 * measurements (RIM) that come along as endorsements are verified and compared, and the claims
 * {@code driver_measurements_match} and {@code vbios_measurements_match} say whether any were. A
 * policy that needs them asks for these claims.
 */
public final class NvidiaVerifier implements AttestationVerifier {
  private final ChainVerifier chains;
  private final ReferenceMeasurements references;

  /**
   * @param deviceRoots what chains of devices must end in
   * @param rimRoots what chains of signers of reference measurements must end in
   */
  public NvidiaVerifier(PinnedRoots deviceRoots, PinnedRoots rimRoots) {
    this.chains = new ChainVerifier(deviceRoots, Revocation.CHECKED_WHERE_GIVEN);
    this.references =
        new ReferenceMeasurements(new ChainVerifier(rimRoots, Revocation.CHECKED_WHERE_GIVEN));
  }

  /** With the roots of NVIDIA. */
  public static NvidiaVerifier standard() {
    return new NvidiaVerifier(deviceRoots(), rimRoots());
  }

  /** The root of NVIDIA's devices. */
  public static PinnedRoots deviceRoots() {
    return PinnedRoots.resources(NvidiaVerifier.class, "nvidia-device-identity-root.pem");
  }

  /** The root of NVIDIA's reference measurements. */
  public static PinnedRoots rimRoots() {
    return PinnedRoots.resources(NvidiaVerifier.class, "nvidia-rim-root.pem");
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.NVIDIA;
  }

  @Override
  public NvidiaClaims verify(byte[] evidence, Verification against) {
    // 1. Read the list, and verify the reference measurements that came along.
    List<Item> items = NvidiaEvidence.parse(evidence).items();
    List<Rim> rims = references.verified(against.endorsements(), against.at());
    // 2. Verify each device.
    List<NvidiaDevice> devices = new ArrayList<>(items.size());
    Set<String> seen = new HashSet<>();
    for (Item item : items) {
      NvidiaDevice device = device(item, rims, against);
      // 3. Refuse one that stands for two.
      if (!seen.add(device.chip() + ":" + device.deviceId())) {
        throw new AttestationException(
            AttestationCode.EVIDENCE_MALFORMED,
            "the device " + device.deviceId() + " is in the evidence twice");
      }
      devices.add(device);
    }
    return new NvidiaClaims(devices);
  }

  private NvidiaDevice device(Item item, List<Rim> rims, Verification against) {
    // a. Read the report.
    NvidiaReport report = NvidiaReport.parse(item.report().array());
    // b. Lead its certificate to the pinned root.
    List<X509Certificate> certificates =
        item.chain().isEmpty() ? against.endorsements().certificates() : item.chain();
    X509Certificate leaf = leaf(certificates);
    var _ = chains.verify(leaf, certificates, against.endorsements().crls(), against.at());
    // c. Verify the signature of the exact bytes.
    EcdsaSignatures.require(
        Curve.P384,
        leaf.getPublicKey(),
        report.signed().array(),
        report.signature().array(),
        "the measurement report");
    // d. Compare what is said twice.
    DeviceCertificate certificate = DeviceCertificate.of(leaf);
    requireSame(item, report, certificate);
    // e. Compare what it binds.
    against.requireWholeBinding(report.nonce(), "nonce of the request");
    // f. Compare the measurements with their references.
    NvidiaDevice device = claims(report, certificate, false, false);
    boolean driver = Rim.compare(rims, device, device.driverVersion());
    boolean firmware = Rim.compare(rims, device, device.vbiosVersion());
    // g. Give what was verified.
    return claims(report, certificate, driver, firmware);
  }

  private static X509Certificate leaf(List<X509Certificate> certificates) {
    List<X509Certificate> leaves =
        certificates.stream().filter(DeviceCertificate::isLeaf).distinct().toList();
    if (leaves.size() != 1) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MISSING,
          "a report needs the chain of its one device, and there are the certificates of "
              + leaves.size()
              + " devices. For several devices give the JSON list");
    }
    return leaves.getFirst();
  }

  private static void requireSame(Item item, NvidiaReport report, DeviceCertificate certificate) {
    Bytes fwid = report.opaque().get(OpaqueField.FWID);
    // Firmware before 2024 does not say it: then the certificate alone does.
    if (fwid != null && !fwid.equals(certificate.fwid())) {
      throw mismatch("the firmware that the report names is not that of the certificate");
    }
    if (item.architecture() != null
        && !item.architecture().equalsIgnoreCase(certificate.architecture())) {
      throw mismatch(
          "the evidence says another architecture than the certificate, which is of "
              + certificate.architecture());
    }
    if (item.nonce() != null && !item.nonce().equalsIgnoreCase(report.nonce().hex())) {
      throw new AttestationException(
          AttestationCode.BINDING_MISMATCH,
          "the nonce that the evidence names is not that of its report");
    }
  }

  private static AttestationException mismatch(String message) {
    return new AttestationException(AttestationCode.CERTIFICATE_MISMATCH, message);
  }

  private static NvidiaDevice claims(
      NvidiaReport report, DeviceCertificate certificate, boolean driver, boolean firmware) {
    return new NvidiaDevice(
        certificate.isSwitch() ? NvidiaDevice.Kind.SWITCH : NvidiaDevice.Kind.GPU,
        certificate.architecture(),
        certificate.chip(),
        certificate.deviceId(),
        certificate.fwid(),
        report,
        driver,
        firmware);
  }
}
