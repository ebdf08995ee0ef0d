package dev.strongroom.cli.attest.enrol;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.PublicArea;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.tpm.TpmTools;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The TPM of this node while a key of it is enrolled. It keeps one thing: the attestation key, at a
 * persistent handle. The endorsement key is made anew each time, which gives the same key.
 */
public final class NodeTpm implements AutoCloseable {
  // A TPM of hardware may take a minute to make an RSA key.
  private static final Duration LIMIT = Duration.ofMinutes(3);

  // The alternative of PolicyB that an NV index authorises (EK Credential Profile 2.5, B.6).
  private static final byte[] POLICY_C_384 =
      HexFormat.of()
          .parseHex(
              "d6032ce61f2fb3c240eb3cf6a33237ef2b6a16f4293c22b455e261cffd217ad5"
                  + "b4947c2d73e63005eed2dc2b3593d165");

  private final TpmTools tools;
  private final String ak;

  /**
   * @param tcti the way to it, as tpm2-tools write it
   * @param ak persistent handle of the attestation key, made there when there is none
   */
  public NodeTpm(String tcti, String ak) {
    this.tools = TpmTools.open(tcti, LIMIT);
    this.ak = ak;
  }

  /**
   * What to send to who enrols.
   *
   * @param ekCertificate of the endorsement key; null to read it from the TPM
   * @throws Problem {@link ProblemCode#EVIDENCE_UNAVAILABLE} when the TPM does not answer, or has
   *     no certificate
   * @throws AttestationException {@link AttestationCode#CERTIFICATE_MISMATCH} for a certificate of
   *     another key, {@link AttestationCode#ATTESTATION_KEY_UNFIT} when something else is at the
   *     handle
   */
  public EnrolmentFile.Request request(byte @Nullable [] ekCertificate) {
    byte[] certificate = ekCertificate == null ? storedCertificate() : ekCertificate;
    PublicKey certified = keyOf(certificate);
    EkKind kind = EkKind.of(certified);
    createEk(kind);
    requireSame(certified, tools.file("ek.pem"));
    byte[] akPublic = keptKey().orElseGet(this::createAk);
    PublicArea.parse(Bytes.of(akPublic)).requireAttestationKey();
    return EnrolmentFile.Request.of(akPublic, certificate);
  }

  /**
   * Opens a credential, which works in the TPM of the endorsement key alone, and while it holds the
   * attestation key.
   *
   * @return the answer
   * @throws Problem {@link ProblemCode#EVIDENCE_UNAVAILABLE} when the TPM refuses
   */
  public EnrolmentFile.Answer answer(EnrolmentFile.Challenge challenge) {
    createEk(challenge.ek());
    tools.write("credential", challenge.credential().bytes());
    String hash = challenge.ek().hash();
    run("tpm2_startauthsession", "--policy-session", "-g", hash, "-S", "session");
    try {
      run("tpm2_policysecret", "-S", "session", "-c", "e", "-L", "secret.policy");
      if (challenge.ek() == EkKind.ECC_P384) {
        tools.write("nv.policy", POLICY_C_384);
        run("tpm2_policyor", "-S", "session", "-l", hash + ":secret.policy,nv.policy");
      }
      run(
          "tpm2_activatecredential",
          "-c",
          ak,
          "-C",
          "ek.ctx",
          "-i",
          "credential",
          "-o",
          "answer",
          "-P",
          "session:session");
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.EVIDENCE_UNAVAILABLE,
          "this TPM does not open the credential: it was made for another TPM, or for another key"
              + " than the one at "
              + ak
              + ". "
              + e.getMessage(),
          e);
    } finally {
      run("tpm2_flushcontext", "session");
      forgetTransient();
    }
    byte[] answer = tools.file("answer");
    try {
      return EnrolmentFile.Answer.of(challenge.ak(), answer);
    } finally {
      Arrays.fill(answer, (byte) 0);
    }
  }

  /** What tells a request from others: the Name of its key, and the device as a SHA-256. */
  public static Map<String, String> names(EnrolmentFile.Request request) {
    Map<String, String> names = new LinkedHashMap<>();
    names.put("ak", PublicArea.parse(Bytes.of(request.akPublic().bytes())).name().value().hex());
    names.put("device", Sha256Digest.of(keyOf(request.ekCertificate().bytes()).getEncoded()).hex());
    return names;
  }

  private void run(String... command) {
    var _ = tools.run(command);
  }

  private void createEk(EkKind kind) {
    run("tpm2_createek", "-c", "ek.ctx", "-G", kind.tool(), "-u", "ek.pem", "-f", "pem");
    forgetTransient();
  }

  // Without a resource manager in between a TPM has room for three.
  private void forgetTransient() {
    run("tpm2_flushcontext", "--transient-object");
  }

  private Optional<byte[]> keptKey() {
    try {
      run("tpm2_readpublic", "-c", ak, "-f", "tss", "-o", "ak.pub");
      return Optional.of(tools.file("ak.pub"));
    } catch (Problem e) {
      return Optional.empty(); // whether that is for want of a key, making one will show
    }
  }

  private byte[] createAk() {
    run(
        "tpm2_createak",
        "-C",
        "ek.ctx",
        "-c",
        "ak.ctx",
        "-G",
        "ecc",
        "-g",
        "sha256",
        "-s",
        "ecdsa");
    forgetTransient();
    run("tpm2_evictcontrol", "-C", "o", "-c", "ak.ctx", ak);
    forgetTransient();
    return keptKey()
        .orElseThrow(() ->
            new Problem(
                ProblemCode.EVIDENCE_UNAVAILABLE,
                "the attestation key was made and is not at " + ak));
  }

  private byte[] storedCertificate() {
    return Arrays.stream(EkKind.values())
        .flatMap(kind -> storedCertificate(kind).stream())
        .findFirst()
        .orElseThrow(() ->
            new Problem(
                ProblemCode.EVIDENCE_UNAVAILABLE,
                "no certificate of an endorsement key can be read from the TPM: get it from its"
                    + " maker, and give it with --ek-certificate; or the TPM cannot be reached, see"
                    + " --tcti"));
  }

  private Optional<byte[]> storedCertificate(EkKind kind) {
    try {
      run("tpm2_nvread", kind.certificateIndex(), "-o", "certificate");
      return Optional.of(tools.file("certificate"));
    } catch (Problem e) {
      return Optional.empty(); // most TPMs have one of two or three kinds
    }
  }

  // What is behind it in an NV index is padding, and is judged by who verifies.
  private static PublicKey keyOf(byte[] certificate) {
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificate(new ByteArrayInputStream(certificate))
          .getPublicKey();
    } catch (CertificateException e) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MALFORMED,
          "the certificate of the endorsement key is no X.509 certificate",
          e);
    }
  }

  private static void requireSame(PublicKey certified, byte[] pem) {
    String base64 = new String(pem, StandardCharsets.US_ASCII).replaceAll("-----[^-]*-----", "");
    if (!Arrays.equals(certified.getEncoded(), Base64.getMimeDecoder().decode(base64))) {
      throw new AttestationException(
          AttestationCode.CERTIFICATE_MISMATCH,
          "the certificate is not of this TPM's endorsement key");
    }
  }

  @Override
  public void close() {
    tools.close();
  }
}
