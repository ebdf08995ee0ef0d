package dev.strongroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.keyservice.evidence.EnrolledKeysFile;
import dev.strongroom.testkit.tpm.SoftwareTpm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Enrolment of keys of swtpm, whose endorsement keys an authority of its own has certified. */
@Timeout(120)
class EnrolTest {
  @TempDir static @Nullable Path state;
  private static @Nullable SoftwareTpm started;
  private static int handles = 0x81010020;

  @TempDir private Path folder;
  private String ak = "";

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

  /** The files that the guide names. */
  @BeforeEach
  void layOut() throws IOException {
    ak = "0x" + Integer.toHexString(handles++);
    var _ = Files.write(folder.resolve("maker.pem"), tpm().rootCertificate());
    var _ = Files.write(folder.resolve("maker-issuer.pem"), tpm().issuerCertificate());
  }

  private Run enrol(String... words) {
    List<String> all = new ArrayList<>(List.of("attest", "enrol"));
    for (String word : words) {
      all.add(word.contains(".") || word.equals("enrolled-keys") ? path(word) : word);
    }
    if (List.of("request", "answer").contains(words[0]) || words[0].startsWith("-")) {
      all.addAll(List.of("--tcti", tpm().tcti(), "--ak", ak));
    }
    return Run.of(folder, all.toArray(String[]::new));
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static void assertDone(Run run) {
    assertEquals(0, run.exit(), run.err());
  }

  private static void assertRefused(String code, Run run) {
    assertEquals(1, run.exit(), run.out());
    assertTrue(run.err().startsWith(code + ": "), run.err());
  }

  private Run challenge(String request, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "challenge",
                "--request",
                request,
                "--ek-root",
                "maker.pem",
                "--endorsement",
                "maker-issuer.pem",
                "--out",
                "challenge.json",
                "--pending",
                "pending.json"));
    words.addAll(Arrays.asList(more));
    return enrol(words.toArray(String[]::new));
  }

  private Run accept(String answer) {
    return enrol(
        "accept",
        "--pending",
        "pending.json",
        "--answer",
        answer,
        "--enrolled-keys",
        "enrolled-keys");
  }

  private List<EnrolledKey> enrolled() {
    return EnrolledKeysFile.read(folder.resolve("enrolled-keys"));
  }

  /** A member of a file replaced by one of another file. */
  private void mix(String file, String member, String from, String to) throws IOException {
    var tree = StrictJson.mapper().readTree(folder.resolve(file).toFile());
    var other = StrictJson.mapper().readTree(folder.resolve(from).toFile());
    ((com.fasterxml.jackson.databind.node.ObjectNode) tree).set(member, other.get(member));
    StrictJson.mapper().writeValue(folder.resolve(to).toFile(), tree);
  }

  @Test
  void oneCommandDoesItAllWhereEverythingIsAtHand() throws IOException {
    String[] words = {
      "--ek-root",
      "maker.pem",
      "--endorsement",
      "maker-issuer.pem",
      "--enrolled-keys",
      "enrolled-keys"
    };
    assertDone(enrol(words));
    List<EnrolledKey> first = enrolled();
    assertEquals(1, first.size());
    String kept = tpm().run("tpm2_readpublic", "-c", ak);
    assertTrue(kept.contains("name: " + first.getFirst().name().value().hex()), kept);

    Run again = enrol(words);
    assertDone(again);
    assertTrue(again.out().contains("already"), again.out());
    assertEquals(first, enrolled());
    assertTrue(Files.readString(folder.resolve("enrolled-keys")).contains("model swtpm"));

    ak = "0x" + Integer.toHexString(handles++);
    assertDone(enrol(words));
    assertEquals(2, enrolled().size());
    assertEquals(first.getFirst().device(), enrolled().getLast().device());
  }

  /** In their order, with this TPM and another key for the first, which does it all. */
  @Test
  void theCommandsOfTheGuideWork() throws IOException {
    List<String> commands =
        Files.readAllLines(Path.of("../docs/guide/attestation.md")).stream()
            .filter(line -> line.startsWith("strongroom attest enrol "))
            .map(line -> line.substring("strongroom attest enrol ".length()))
            .toList();
    assertEquals(5, commands.size());
    for (String command : commands) {
      Run run = enrol(command.split(" "));
      assertEquals(0, run.exit(), command + ": " + run.err());
      if (command.startsWith("-")) {
        ak = "0x" + Integer.toHexString(handles++);
      }
    }
    assertEquals(2, enrolled().size());
  }

  @Test
  void filesMayBeCarriedInstead() throws IOException {
    Run request = enrol("request", "--out", "request.json");
    assertDone(request);
    Run challenge = challenge("request.json");
    assertDone(challenge);
    String device =
        request.out().lines().filter(line -> line.startsWith("device")).findFirst().orElseThrow();
    assertTrue(challenge.out().contains(device), challenge.out());
    assertDone(enrol("answer", "--challenge", "challenge.json", "--out", "answer.json"));
    assertDone(accept("answer.json"));
    assertEquals(1, enrolled().size());
    assertTrue(Files.notExists(folder.resolve("pending.json")), "an answer counts once");
    assertEquals(2, accept("answer.json").exit());
  }

  @Test
  void theP384EndorsementKeyWillDo() throws IOException {
    var _ = Files.write(folder.resolve("p384.der"), tpm().readNv(SoftwareTpm.P384_EK_CERTIFICATE));
    assertDone(enrol("request", "--out", "request.json", "--ek-certificate", "p384.der"));
    assertDone(challenge("request.json"));
    assertDone(enrol("answer", "--challenge", "challenge.json", "--out", "answer.json"));
    assertDone(accept("answer.json"));
    assertEquals(1, enrolled().size());
  }

  @Test
  void aWrongAnswerEnrolsNothing() throws IOException {
    assertDone(enrol("request", "--out", "request.json"));
    assertDone(challenge("request.json"));
    assertDone(enrol("answer", "--challenge", "challenge.json", "--out", "answer.json"));
    String right = Files.readString(folder.resolve("answer.json"));
    String wrong =
        right.replaceAll(
            "\"answer\":\"[^\"]+\"",
            "\"answer\":\""
                + Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[32])
                + "\"");
    assertFalse(wrong.equals(right));
    var _ = Files.writeString(folder.resolve("wrong.json"), wrong);
    assertRefused("attestation-key-untrusted", accept("wrong.json"));
    assertTrue(Files.notExists(folder.resolve("enrolled-keys")));
    assertDone(accept("answer.json"));
  }

  @Test
  void anAnswerOfAnotherEnrolmentIsRefused() throws IOException {
    assertDone(enrol("request", "--out", "request.json"));
    assertDone(challenge("request.json"));
    assertDone(enrol("answer", "--challenge", "challenge.json", "--out", "answer.json"));
    Files.delete(folder.resolve("challenge.json"));
    Files.delete(folder.resolve("pending.json"));
    assertDone(challenge("request.json"));
    assertRefused("attestation-key-untrusted", accept("answer.json"));
  }

  /** The TPM opens it only while it holds the key that the credential names. */
  @Test
  void aCredentialForAnotherKeyIsNotOpened() throws IOException {
    assertDone(enrol("request", "--out", "request.json"));
    String first = ak;
    ak = "0x" + Integer.toHexString(handles++);
    assertDone(enrol("request", "--out", "other.json"));
    assertDone(challenge("request.json"));
    Run other = enrol("answer", "--challenge", "challenge.json", "--out", "answer.json");
    assertTrue(other.err().contains("does not open the credential"), other.err());
    assertTrue(Files.notExists(folder.resolve("answer.json")));
    ak = first;
    assertDone(enrol("answer", "--challenge", "challenge.json", "--out", "answer.json"));
  }

  @Test
  void aCertificateOfAnotherTpmIsRefused(@TempDir Path elsewhere) throws IOException {
    try (SoftwareTpm other = SoftwareTpm.start(elsewhere)) {
      var _ =
          Files.write(folder.resolve("other.der"), other.readNv(SoftwareTpm.RSA_EK_CERTIFICATE));
      assertRefused(
          "certificate-mismatch",
          enrol("request", "--out", "request.json", "--ek-certificate", "other.der"));

      // A request that claims it all the same: the TPM cannot open what is made for the other.
      assertDone(enrol("request", "--out", "request.json"));
      var _ = Files.write(folder.resolve("maker.pem"), other.rootCertificate());
      assertRefused("root-unknown", challenge("request.json"));
      var _ = Files.write(folder.resolve("maker-issuer.pem"), other.issuerCertificate());
      var _ =
          Files.writeString(
              folder.resolve("claim.json"),
              "{\"ekCertificate\":\""
                  + Base64.getUrlEncoder()
                      .withoutPadding()
                      .encodeToString(other.readNv(SoftwareTpm.RSA_EK_CERTIFICATE))
                  + "\"}");
      mix("request.json", "ekCertificate", "claim.json", "mixed.json");
      assertDone(challenge("mixed.json"));
      Run answer = enrol("answer", "--challenge", "challenge.json", "--out", "answer.json");
      assertTrue(answer.err().contains("does not open the credential"), answer.err());
    }
  }

  @Test
  void anotherDeviceThanExpectedIsRefused() {
    assertDone(enrol("request", "--out", "request.json"));
    assertRefused("certificate-mismatch", challenge("request.json", "--device", "00".repeat(32)));
    assertEquals(2, challenge("request.json", "--device", "xyz").exit());
    assertTrue(Files.notExists(folder.resolve("challenge.json")));
  }

  /** A key that signs whatever it is given would sign forged quotes. */
  @Test
  void aKeyThatIsNotRestrictedIsRefused() throws IOException {
    var _ =
        tpm()
            .run(
                "tpm2_createprimary",
                "-C",
                "o",
                "-G",
                "ecc256:ecdsa-sha256",
                "-a",
                "sign|fixedtpm|fixedparent|sensitivedataorigin|userwithauth",
                "-c",
                "free.ctx");
    var _ = tpm().run("tpm2_evictcontrol", "-C", "o", "-c", "free.ctx", ak);
    assertRefused("attestation-key-unfit", enrol("request", "--out", "request.json"));

    // The operator's side does not rely on the node's.
    var _ = tpm().run("tpm2_readpublic", "-c", ak, "-f", "tss", "-o", "free.pub");
    ak = "0x" + Integer.toHexString(handles++);
    assertDone(enrol("request", "--out", "request.json"));
    var _ =
        Files.writeString(
            folder.resolve("claim.json"),
            "{\"akPublic\":\""
                + Base64.getUrlEncoder().withoutPadding().encodeToString(tpm().file("free.pub"))
                + "\"}");
    mix("request.json", "akPublic", "claim.json", "mixed.json");
    assertRefused("attestation-key-unfit", challenge("mixed.json"));
  }

  @Test
  void misuseIsTold() throws IOException {
    assertEquals(2, enrol("--ek-root", "maker.pem").exit());
    assertEquals(2, enrol("--enrolled-keys", "enrolled-keys").exit());
    assertEquals(2, challenge("absent.json").exit());
    var _ = Files.writeString(folder.resolve("request.json"), "{\"format\":\"other\"}");
    assertRefused("malformed-request", challenge("request.json"));
    Run unreachable =
        Run.of(
            folder,
            "attest",
            "enrol",
            "request",
            "--out",
            path("r.json"),
            "--tcti",
            "swtpm:host=127.0.0.1,port=1");
    assertEquals(3, unreachable.exit(), unreachable.err());
    assertTrue(unreachable.err().contains("--tcti"), unreachable.err());
  }
}
