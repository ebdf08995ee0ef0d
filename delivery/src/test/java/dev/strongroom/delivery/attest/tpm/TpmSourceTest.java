package dev.strongroom.delivery.attest.tpm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.PublicArea;
import dev.strongroom.attestation.tpm.TpmClaims;
import dev.strongroom.attestation.tpm.TpmEvidence;
import dev.strongroom.attestation.tpm.TpmVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.Bindings;
import dev.strongroom.testkit.tpm.SoftwareTpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quotes of swtpm, asked for by the agent's source and judged by the service's verifier. */
@Timeout(120)
class TpmSourceTest {
  private static final KeyBinding BINDING = Bindings.of("nonce");
  private static final Path NO_LOG = Path.of("/nonexistent/binary_bios_measurements");

  @TempDir static @Nullable Path state;
  private static @Nullable SoftwareTpm started;
  private static int handles = 0x81010020;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    Optional<String> missing = SoftwareTpm.missing();
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
    if (state != null) {
      started = SoftwareTpm.start(state);
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

  private static String key(String algorithm, String hash, String scheme) {
    String handle = "0x" + Integer.toHexString(handles++);
    tpm().keepAttestationKey(handle, algorithm, hash, scheme);
    return handle;
  }

  private static TpmSettings settings(String ak, String pcrs, @Nullable String log) {
    return new TpmSettings(ak, pcrs, tpm().tcti(), log);
  }

  private static Evidence collect(TpmSettings settings) {
    return new TpmSource(settings, NO_LOG).collect(BINDING, null);
  }

  private static TpmClaims verify(Evidence evidence, KeyBinding binding, PcrSelection pcrs) {
    byte[] document = evidence.data().bytes();
    EnrolledKey key =
        new EnrolledKey(
            PublicArea.parse(TpmEvidence.parse(document).akPublic()).name(),
            Bytes.of(new byte[32]));
    return new TpmVerifier(
            AttestationKeys.of(List.of(key)), new PinnedRoots(List.of(), List.of()), pcrs)
        .verify(
            document,
            new Verification(
                Endorsements.NONE, Bytes.of(binding.shortNonce().bytes()), Instant.now()));
  }

  private static String refused(TpmSettings settings) {
    Problem refused = assertThrows(Problem.class, () -> collect(settings));
    assertEquals(ProblemCode.EVIDENCE_UNAVAILABLE, refused.code());
    return String.valueOf(refused.getMessage());
  }

  /** Each kind of key that a service takes, and banks in another order than by name. */
  @ParameterizedTest
  @CsvSource({
    "rsa, sha256, rsassa, 'sha256:0,1,2,3,4,5,6,7'",
    "rsa, sha384, rsapss, 'sha384:0,7+sha256:16,4,0'",
    "ecc, sha256, ecdsa, 'sha256:0,10'"
  })
  void aQuoteBindsTheRequest(String algorithm, String hash, String scheme, String pcrs) {
    Evidence evidence = collect(settings(key(algorithm, hash, scheme), pcrs, null));
    assertEquals("tpm", evidence.type());
    TpmClaims claims = verify(evidence, BINDING, PcrSelection.of(HashAlgorithm.SHA256, 0));
    assertNull(claims.quote().boot());
    AttestationException other =
        assertThrows(
            AttestationException.class,
            () -> verify(evidence, Bindings.of("another"), PcrSelection.NONE));
    assertEquals(AttestationCode.BINDING_MISMATCH, other.code());
  }

  @Test
  void anEventLogThatCanBeReadGoesAlong() throws IOException {
    String ak = key("ecc", "sha256", "ecdsa");
    byte[] log = {1, 2, 3};
    Path kernelLog = Files.write(folder.resolve("binary_bios_measurements"), log);
    Bytes sent = Bytes.of(log);
    assertEquals(sent, sentLog(new TpmSource(settings(ak, "sha256:0", null), kernelLog)));
    assertEquals(
        sent, sentLog(new TpmSource(settings(ak, "sha256:0", kernelLog.toString()), NO_LOG)));
    assertNull(sentLog(new TpmSource(settings(ak, "sha256:0", "none"), kernelLog)));
    assertNull(sentLog(new TpmSource(settings(ak, "sha256:0", null), NO_LOG)));
    assertTrue(refused(settings(ak, "sha256:0", folder + "/none")).contains("tpm.eventLog"));
    var _ = Files.write(kernelLog, new byte[(180 << 10) + 1]);
    assertTrue(refused(settings(ak, "sha256:0", kernelLog.toString())).contains("has more than"));
  }

  private static @Nullable Bytes sentLog(TpmSource source) {
    return TpmEvidence.parse(source.collect(BINDING, null).data().bytes()).quote().eventLog();
  }

  @Test
  void whatTheTpmDoesNotGiveIsTold() {
    String ak = key("ecc", "sha256", "ecdsa");
    assertTrue(refused(settings("0x810100ff", "sha256:0", null)).contains("attest enrol"));
    assertTrue(
        refused(new TpmSettings(ak, null, "swtpm:host=127.0.0.1,port=1", null))
            .contains("tpm.tcti"));
    assertTrue(refused(settings(ak, "sha256:99", null)).contains("tpm2_quote fails"));
    // An endorsement key decrypts: the tool would sign with another scheme of its own choice.
    var _ = tpm().run("tpm2_createek", "-c", "0x810100e0", "-G", "rsa", "-u", "ek.pub");
    assertTrue(refused(settings("0x810100e0", "sha256:0", null)).contains("it encrypts"));
  }

  @Test
  void nothingIsLeftBehind() throws IOException {
    Set<Path> before = folders();
    var _ = collect(settings(key("ecc", "sha256", "ecdsa"), "sha256:0", null));
    assertThrows(Problem.class, () -> collect(settings("0x810100ff", "sha256:0", null)));
    assertEquals(before, folders());
    assertNotNull(tpm());
  }

  private static Set<Path> folders() throws IOException {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(each -> each.getFileName().toString().startsWith("strongroom-tpm-"))
          .collect(Collectors.toSet());
    }
  }

  private Path script(String text) throws IOException {
    Path script = Files.writeString(folder.resolve("tool"), "#!/bin/sh\n" + text + "\n");
    return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
  }

  private static String failure(Path tool, Duration limit) {
    try (TpmTools tools = TpmTools.open("device:/dev/null", limit)) {
      Problem refused = assertThrows(Problem.class, () -> tools.run(tool.toString()));
      assertEquals(ProblemCode.EVIDENCE_UNAVAILABLE, refused.code());
      return String.valueOf(refused.getMessage());
    }
  }

  @Test
  void aToolIsBoundedInTimeAndOutput() throws IOException {
    Duration ample = Duration.ofSeconds(60);
    assertTrue(failure(script("exec sleep 1000"), Duration.ofMillis(50)).contains("takes longer"));
    assertTrue(failure(script("exec yes"), ample).contains("writes more than"));
    assertTrue(failure(script("echo no TPM >&2; exit 3"), ample).contains("no TPM"));
    assertTrue(failure(folder.resolve("absent"), ample).contains("install tpm2-tools"));
  }

  @Test
  void aToolSeesNothingOfTheEnvironmentButThePath() throws IOException {
    try (TpmTools tools = TpmTools.open("device:/dev/x", Duration.ofSeconds(60))) {
      List<String> names =
          tools
              .run(script("exec env").toString())
              .lines()
              .map(line -> line.substring(0, line.indexOf('=')))
              .filter(name -> !List.of("PWD", "SHLVL", "_", "OLDPWD").contains(name))
              .sorted()
              .toList();
      assertEquals(List.of("PATH", "TPM2TOOLS_TCTI", "TSS2_LOG"), names);
    }
  }
}
