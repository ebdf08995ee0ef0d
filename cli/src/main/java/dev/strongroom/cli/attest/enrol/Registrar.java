package dev.strongroom.cli.attest.enrol;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.TpmName;
import dev.strongroom.attestation.tpm.enrol.EkCertificates;
import dev.strongroom.attestation.tpm.enrol.EndorsementKey;
import dev.strongroom.attestation.tpm.enrol.Enrolment;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The operator's side of an enrolment: verifies the certificate, asks, and judges the answer. */
public final class Registrar {
  private static final Duration ANSWER_WITHIN = Duration.ofHours(24);

  private final Enrolment enrolment;
  private final Endorsements endorsements;

  /**
   * @param makers roots of the makers of TPMs that are taken
   * @param endorsements intermediates and revocation lists
   */
  public Registrar(PinnedRoots makers, Endorsements endorsements) {
    this.enrolment = new Enrolment(new EkCertificates(makers), new SecureRandom());
    this.endorsements = endorsements;
  }

  /** What goes to the node, and what stays. */
  public record Asked(EnrolmentFile.Challenge challenge, EnrolmentFile.Pending pending) {}

  /**
   * Asks.
   *
   * @param device SHA-256 of the endorsement key that is expected, hexadecimal; null to take each
   *     one that its maker has certified
   * @throws AttestationException {@link AttestationCode#CERTIFICATE_MISMATCH} for another device,
   *     or as {@link Enrolment#challenge}
   */
  public Asked ask(EnrolmentFile.Request request, @Nullable Bytes device, Instant now) {
    Enrolment.Challenge challenge =
        enrolment.challenge(
            request.ekCertificate().bytes(),
            Bytes.of(request.akPublic().bytes()),
            endorsements,
            now);
    EndorsementKey ek = challenge.endorsementKey();
    if (device != null && !device.equals(ek.device())) {
      throw new AttestationException(
          AttestationCode.CERTIFICATE_MISMATCH,
          "the request is of the device " + ek.device().hex() + ", not of " + device.hex());
    }
    String ak = challenge.key().name().value().hex();
    return new Asked(
        EnrolmentFile.Challenge.of(
            ak, EkKind.of(ek.key()), challenge.credential().toolsFile().array()),
        new EnrolmentFile.Pending(
            EnrolmentFile.Pending.FORMAT,
            ak,
            Sha256Digest.ofBytes(ek.device().array()),
            described(ek.attributes()),
            Sha256Digest.ofBytes(challenge.answerDigest().array()),
            now.plus(ANSWER_WITHIN).getEpochSecond()));
  }

  // It comes from a certificate, and goes into a file of lines.
  private static String described(Map<String, String> attributes) {
    return new TreeMap<>(attributes)
        .entrySet().stream()
            .map(each -> each.getKey() + " " + each.getValue().replaceAll("[^!-~]", "?"))
            .collect(Collectors.joining(", "));
  }

  /**
   * Judges the answer.
   *
   * @throws AttestationException {@link AttestationCode#ATTESTATION_KEY_UNTRUSTED} for a wrong one,
   *     one of another enrolment, or one that comes too late
   */
  public static EnrolledKey accept(
      EnrolmentFile.Pending pending, EnrolmentFile.Answer answer, Instant now) {
    if (!pending.ak().equals(answer.ak())) {
      throw untrusted("the answer is of the key " + answer.ak() + ", not of " + pending.ak());
    }
    if (now.getEpochSecond() > pending.until()) {
      throw untrusted("the answer comes too late: ask anew");
    }
    if (!isAnswer(pending, answer.value())) {
      throw untrusted(
          "the credential was not opened: the attestation key "
              + pending.ak()
              + " has not shown that it lives in this TPM");
    }
    return new EnrolledKey(
        new TpmName(Bytes.ofHex(pending.ak())), Bytes.of(pending.device().bytes()));
  }

  private static boolean isAnswer(EnrolmentFile.Pending pending, Blob answer) {
    return MessageDigest.isEqual(Sha256Digest.of(answer.bytes()).bytes(), pending.answer().bytes());
  }

  private static AttestationException untrusted(String message) {
    return new AttestationException(AttestationCode.ATTESTATION_KEY_UNTRUSTED, message);
  }
}
