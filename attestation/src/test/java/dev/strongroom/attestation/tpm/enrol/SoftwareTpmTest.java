package dev.strongroom.attestation.tpm.enrol;

import static dev.strongroom.attestation.tpm.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.PcrValues;
import dev.strongroom.attestation.tpm.PublicArea;
import dev.strongroom.attestation.tpm.QuoteEvidence;
import dev.strongroom.attestation.tpm.TestEventLog;
import dev.strongroom.attestation.tpm.TestPki;
import dev.strongroom.attestation.tpm.TpmClaims;
import dev.strongroom.attestation.tpm.TpmEvidence;
import dev.strongroom.attestation.tpm.TpmVerifier;
import dev.strongroom.attestation.tpm.eventlog.BootClaims;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.testkit.tpm.SoftwareTpm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Against swtpm, which shares no code with ours: it opens the credentials that we make, and we
 * verify the quotes that it signs.
 */
class SoftwareTpmTest {
  private static final Bytes NONCE = Bytes.ofHex("5ca1ab1e".repeat(8));
  private static final HashAlgorithm SHA256 = HashAlgorithm.SHA256;
  private static final PcrSelection REQUIRED = PcrSelection.of(SHA256, 0, 4, 7);

  @TempDir static @Nullable Path folder;
  private static @Nullable SoftwareTpm started;

  @BeforeAll
  static void start() {
    Optional<String> missing = SoftwareTpm.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    if (folder != null) {
      started = SoftwareTpm.start(folder);
    }
  }

  @AfterAll
  static void end() {
    if (started != null) {
      started.close();
    }
  }

  private static SoftwareTpm tpm() {
    if (started == null) {
      throw new IllegalStateException("the TPM is not started");
    }
    return started;
  }

  private static PinnedRoots root() {
    return new PinnedRoots(
        Endorsements.parse(List.of(tpm().rootCertificate())).certificates(), List.of());
  }

  private static Enrolment enrolment(PinnedRoots roots) {
    return new Enrolment(new EkCertificates(roots), new SecureRandom());
  }

  private static Endorsements issuer() {
    return Endorsements.parse(List.of(tpm().issuerCertificate()));
  }

  // The certificates are made now: the TPM's maker has the clock of this machine.
  private static Instant soon() {
    return Instant.now().plus(Duration.ofMinutes(1));
  }

  private static void createEk(String algorithm) {
    var _ = tpm().run("tpm2_createek", "-c", "ek.ctx", "-G", algorithm, "-u", "ek.pub");
  }

  private static Bytes createAk(String algorithm, String hash, String scheme) {
    var _ =
        tpm()
            .run(
                "tpm2_createak",
                "-C",
                "ek.ctx",
                "-c",
                "ak.ctx",
                "-G",
                algorithm,
                "-g",
                hash,
                "-s",
                scheme,
                "-u",
                "ak.pub",
                "-n",
                "ak.name");
    return Bytes.of(tpm().file("ak.pub"));
  }

  private static byte[] activate(Credential credential) {
    return activate(credential, "sha256", () -> {});
  }

  private static byte[] activate(Credential credential, String hash, Runnable furtherPolicy) {
    tpm().write("credential", credential.toolsFile().array());
    var _ = tpm().run("tpm2_startauthsession", "--policy-session", "-g", hash, "-S", "session.ctx");
    try {
      var _ = tpm().run("tpm2_policysecret", "-S", "session.ctx", "-c", "e", "-L", "secret.pol");
      furtherPolicy.run();
      var _ =
          tpm()
              .run(
                  "tpm2_activatecredential",
                  "-c",
                  "ak.ctx",
                  "-C",
                  "ek.ctx",
                  "-i",
                  "credential",
                  "-o",
                  "opened",
                  "-P",
                  "session:session.ctx");
    } finally {
      var _ = tpm().run("tpm2_flushcontext", "session.ctx");
    }
    return tpm().file("opened");
  }

  /**
   * The template H-3 wants PolicyB: the secret of the endorsement hierarchy, or what an NV index
   * authorises (EK Credential Profile 2.5, section B.6).
   */
  private static void policyB() {
    tpm()
        .write(
            "nv.pol",
            Bytes.ofHex(
                    "d6032ce61f2fb3c240eb3cf6a33237ef2b6a16f4293c22b455e261cffd217ad5"
                        + "b4947c2d73e63005eed2dc2b3593d165")
                .array());
    var _ = tpm().run("tpm2_policyor", "-S", "session.ctx", "-l", "sha384:secret.pol,nv.pol");
  }

  private static TpmEvidence quote(
      Bytes akPublic, String selection, Bytes nonce, @Nullable Bytes log) {
    PublicArea key = PublicArea.parse(akPublic);
    var _ =
        tpm()
            .run(
                "tpm2_quote",
                "-c",
                "ak.ctx",
                "-l",
                selection,
                "-q",
                nonce.hex(),
                "-m",
                "quote.msg",
                "-s",
                "quote.sig",
                "--scheme",
                key.scheme().kind().name().toLowerCase(Locale.ROOT),
                "-g",
                key.scheme().hash().bank());
    return new TpmEvidence(
        akPublic,
        new QuoteEvidence(
            Bytes.of(tpm().file("quote.msg")),
            Bytes.of(tpm().file("quote.sig")),
            readPcrs(selection),
            log));
  }

  private static PcrValues readPcrs(String selection) {
    SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> banks = new TreeMap<>();
    for (String bank : selection.split("\\+", -1)) {
      List<String> parts = List.of(bank.split(":", -1));
      HashAlgorithm algorithm = HashAlgorithm.ofBank(parts.getFirst()).orElseThrow();
      SortedMap<Integer, Bytes> values = new TreeMap<>();
      for (String pcr : parts.getLast().split(",", -1)) {
        var _ = tpm().run("tpm2_pcrread", parts.getFirst() + ":" + pcr, "-o", "pcr.bin");
        values.put(Integer.parseInt(pcr), Bytes.of(tpm().file("pcr.bin")));
      }
      banks.put(algorithm, values);
    }
    return new PcrValues(banks);
  }

  private static TpmVerifier verifier(EnrolledKey key) {
    return new TpmVerifier(
        AttestationKeys.of(List.of(key)), new PinnedRoots(List.of(), List.of()), REQUIRED);
  }

  private static Verification against(Bytes nonce) {
    return new Verification(Endorsements.NONE, nonce, soon());
  }

  /** Certificate, enrolment and quotes of each kind of key that a TPM makes. */
  @ParameterizedTest
  @CsvSource({
    "rsa, sha256, rsassa",
    "rsa, sha256, rsapss",
    "rsa, sha384, rsassa",
    "ecc, sha256, ecdsa"
  })
  void aKeyIsEnrolledAndItsQuotesVerify(String algorithm, String hash, String scheme) {
    createEk("rsa");
    Bytes akPublic = createAk(algorithm, hash, scheme);
    Enrolment.Challenge challenge =
        enrolment(root())
            .challenge(tpm().readNv(SoftwareTpm.RSA_EK_CERTIFICATE), akPublic, issuer(), soon());
    EnrolledKey key = challenge.enrol(activate(challenge.credential()));
    assertEquals(Bytes.of(tpm().file("ak.name")), key.name().value());
    assertEquals("swtpm", challenge.endorsementKey().attributes().get("model"));

    TpmEvidence evidence = quote(akPublic, "sha256:0,4,7,16+sha384:0,7", NONCE, null);
    TpmClaims claims = verifier(key).verify(evidence.encode(), against(NONCE));
    assertEquals(key.device(), claims.trust().device());
    assertEquals(NONCE, claims.quote().quote().extraData());
    var _ =
        refused(
            AttestationCode.BINDING_MISMATCH,
            () -> verifier(key).verify(evidence.encode(), against(Bytes.ofHex("00"))));
  }

  @Test
  void aPcrThatIsExtendedIsSeen() {
    createEk("rsa");
    Bytes akPublic = createAk("ecc", "sha256", "ecdsa");
    TpmVerifier verifier =
        verifier(new EnrolledKey(PublicArea.parse(akPublic).name(), Bytes.of(new byte[32])));
    TpmEvidence before = quote(akPublic, "sha256:0,4,7,16", NONCE, null);
    Bytes old = before.quote().pcrs().value(SHA256, 16);
    var _ = tpm().run("tpm2_pcrextend", "16:sha256=" + "ab".repeat(32));
    TpmEvidence after = quote(akPublic, "sha256:0,4,7,16", NONCE, null);
    Bytes now = verifier.verify(after.encode(), against(NONCE)).quote().pcrs().value(SHA256, 16);
    assertNotNull(now);
    assertNotEquals(old, now);
    var _ =
        refused(
            AttestationCode.PCR_MISMATCH,
            () ->
                verifier.verify(
                    new TpmEvidence(
                            akPublic,
                            new QuoteEvidence(
                                after.quote().message(),
                                after.quote().signature(),
                                before.quote().pcrs(),
                                null))
                        .encode(),
                    against(NONCE)));
    TpmEvidence fewer = quote(akPublic, "sha256:0,7", NONCE, null);
    var _ =
        refused(AttestationCode.PCR_MISSING, () -> verifier.verify(fewer.encode(), against(NONCE)));
  }

  @Test
  void anEventLogIsReplayedToWhatTheTpmHolds() {
    createEk("rsa");
    Bytes akPublic = createAk("rsa", "sha256", "rsassa");
    TpmVerifier verifier =
        verifier(new EnrolledKey(PublicArea.parse(akPublic).name(), Bytes.of(new byte[32])));
    TestEventLog log = TestEventLog.ordinary(SHA256, HashAlgorithm.SHA384);
    for (TestEventLog.Extension extension : log.extensions()) {
      var _ =
          tpm()
              .run(
                  "tpm2_pcrextend",
                  "%d:sha256=%s,sha384=%s"
                      .formatted(
                          extension.pcr(),
                          SHA256.digest(extension.measured().array()),
                          HashAlgorithm.SHA384.digest(extension.measured().array())));
    }
    String selection = "sha256:0,1,2,3,4,5,6,7+sha384:0,4,7";
    TpmEvidence evidence = quote(akPublic, selection, NONCE, log.bytes());
    TpmClaims claims = verifier.verify(evidence.encode(), against(NONCE));
    assertEquals(
        Optional.of(true), Optional.ofNullable(claims.quote().boot()).map(BootClaims::secureBoot));
    var _ = tpm().run("tpm2_pcrextend", "7:sha256=" + "cd".repeat(32));
    TpmEvidence later = quote(akPublic, selection, NONCE, log.bytes());
    var _ =
        refused(
            AttestationCode.EVENT_LOG_MISMATCH,
            () -> verifier.verify(later.encode(), against(NONCE)));
  }

  @Test
  void otherToolsReadTheEventLogsOfTheseTests() {
    tpm().write("events", TestEventLog.ordinary(SHA256, HashAlgorithm.SHA384).bytes().array());
    String read = tpm().run("tpm2_eventlog", "events");
    assertTrue(read.contains("EV_S_CRTM_VERSION"), read);
    assertTrue(read.contains("SecureBoot"), read);
  }

  /** ECC endorsement keys: swtpm certifies its P-384 one, and our own authority any other. */
  @ParameterizedTest
  @CsvSource({"ecc, false", "ecc384, true"})
  void eccEndorsementKeysOpenCredentials(String algorithm, boolean certified) {
    createEk(algorithm);
    Bytes akPublic = createAk("ecc", "sha256", "ecdsa");
    Enrolment.Challenge challenge = eccChallenge(akPublic, certified);
    EnrolledKey key =
        challenge.enrol(
            certified
                ? activate(challenge.credential(), "sha384", SoftwareTpmTest::policyB)
                : activate(challenge.credential()));
    var _ =
        verifier(key).verify(quote(akPublic, "sha256:0,4,7", NONCE, null).encode(), against(NONCE));
  }

  private static Enrolment.Challenge eccChallenge(Bytes akPublic, boolean certified) {
    if (certified) {
      return enrolment(root())
          .challenge(tpm().readNv(SoftwareTpm.P384_EK_CERTIFICATE), akPublic, issuer(), soon());
    }
    var _ = tpm().run("tpm2_readpublic", "-c", "ek.ctx", "-f", "pem", "-o", "ek.pem");
    TestPki maker = new TestPki();
    try {
      return enrolment(maker.roots())
          .challenge(
              maker.endorsementKey(publicKey(tpm().file("ek.pem"))).getEncoded(),
              akPublic,
              new Endorsements(List.of(maker.intermediate()), List.of(), List.of()),
              TestPki.NOW);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static PublicKey publicKey(byte[] pem) throws GeneralSecurityException {
    List<String> lines =
        new ArrayList<>(new String(pem, StandardCharsets.US_ASCII).lines().toList());
    lines.removeIf(line -> line.startsWith("-----"));
    return KeyFactory.getInstance("EC")
        .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(String.join("", lines))));
  }

  @Test
  void aCredentialForAnotherKeyOrTpmIsNotOpened() {
    createEk("rsa");
    Bytes first = createAk("ecc", "sha256", "ecdsa");
    byte[] certificate = tpm().readNv(SoftwareTpm.RSA_EK_CERTIFICATE);
    Enrolment.Challenge challenge =
        enrolment(root()).challenge(certificate, first, issuer(), soon());
    var _ = createAk("ecc", "sha256", "ecdsa");
    assertThrows(IllegalStateException.class, () -> activate(challenge.credential()));
    var _ = refused(AttestationCode.ATTESTATION_KEY_UNTRUSTED, () -> challenge.enrol(new byte[32]));
    var _ =
        refused(
            AttestationCode.ROOT_UNKNOWN,
            () -> enrolment(new TestPki().roots()).challenge(certificate, first, issuer(), soon()));
  }

  /** The index is larger than the certificate on many TPMs. */
  @Test
  void aPaddedCertificateIsRead() {
    byte[] certificate = tpm().readNv(SoftwareTpm.RSA_EK_CERTIFICATE);
    byte[] padded = Arrays.copyOf(certificate, certificate.length + 512);
    Arrays.fill(padded, certificate.length, padded.length, (byte) 0xff);
    EkCertificates certificates = new EkCertificates(root());
    assertEquals(
        certificates.verify(certificate, issuer(), soon()),
        certificates.verify(padded, issuer(), soon()));
  }
}
