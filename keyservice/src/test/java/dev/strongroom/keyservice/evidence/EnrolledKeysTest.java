package dev.strongroom.keyservice.evidence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.EvidenceType;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.TpmName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.AttestationConfig;
import dev.strongroom.testkit.attest.NvidiaGpu;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EnrolledKeysTest {
  private static final EnrolledKey FIRST = key("11");
  private static final EnrolledKey SECOND = key("22");

  @TempDir private Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    file = folder.resolve("enrolled-keys");
  }

  private static EnrolledKey key(String digits) {
    return new EnrolledKey(
        new TpmName(Bytes.ofHex("000b" + digits.repeat(32))), Bytes.ofHex("ee".repeat(32)));
  }

  private static String line(EnrolledKey key) {
    return key.name().value().hex() + " " + key.device().hex() + "\n";
  }

  private String refused() {
    Problem refused = assertThrows(Problem.class, () -> EnrolledKeysFile.read(file));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, refused.code());
    return String.valueOf(refused.getMessage());
  }

  @Test
  void keysAreAddedOnceAndReadBack() throws IOException {
    assertTrue(EnrolledKeysFile.add(file, FIRST, "the first"));
    assertFalse(EnrolledKeysFile.add(file, FIRST, "again"));
    // As an editor leaves it, and with rights of the operator's.
    var _ = Files.writeString(file, Files.readString(file).strip());
    var _ = Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertTrue(EnrolledKeysFile.add(file, SECOND, "the second"));
    assertEquals(List.of(FIRST, SECOND), EnrolledKeysFile.read(file));
    assertEquals(
        "# the first\n" + line(FIRST) + "# the second\n" + line(SECOND), Files.readString(file));
    assertEquals("rw-r--r--", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (var left = Files.list(folder)) {
      assertEquals(1, left.count());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"xyz", "000b11", "000b11 22", "LINE more"})
  void aLineOfAnotherFormIsRefused(String line) throws IOException {
    var _ =
        Files.writeString(file, line(SECOND) + line.replace("LINE", line(FIRST).strip()) + "\n");
    assertTrue(refused().contains("line 2"));
  }

  @Test
  void aKeyThatIsThereTwiceIsRefused() throws IOException {
    var _ = Files.writeString(file, line(FIRST) + line(SECOND) + line(FIRST));
    assertTrue(refused().contains("twice"));
  }

  @Test
  void keysCountFromTheNextRequestOn() throws IOException {
    var _ = Files.writeString(file, "# none yet\n\n");
    WatchedKeys keys = new WatchedKeys(file);
    assertEquals(Optional.empty(), keys.find(FIRST.name()));
    assertTrue(EnrolledKeysFile.add(file, FIRST, "first"));
    assertEquals(Optional.of(FIRST), keys.find(FIRST.name()));

    var _ = Files.writeString(file, "not a line of it\n");
    refusedOf(keys, "line 1");
    Files.delete(file);
    refusedOf(keys, "cannot be read");
    refusedOf(keys, "cannot be read");

    var _ = Files.writeString(file, line(SECOND));
    assertEquals(Optional.empty(), keys.find(FIRST.name()), "it is struck off");
    assertEquals(Optional.of(SECOND), keys.find(SECOND.name()));
  }

  // Whoever takes the file away, or breaks it, may have meant to strike a key off.
  private void refusedOf(WatchedKeys keys, String why) {
    Problem refused = assertThrows(Problem.class, () -> keys.find(FIRST.name()));
    assertEquals(ProblemCode.EVIDENCE_UNVERIFIABLE, refused.code());
    String message = String.valueOf(refused.getMessage());
    assertTrue(message.contains(why) && message.contains(file.toString()), message);
  }

  private static List<AttestationVerifier> verifiers(@Nullable Path keys, @Nullable Path roots) {
    return HardwareVerifiers.of(
        new AttestationConfig(null, new AttestationConfig.TpmConfig(keys, roots, List.of(0, 7))));
  }

  @Test
  void everyTypeHasAVerifier() throws IOException {
    assertTrue(EnrolledKeysFile.add(file, FIRST, "first"));
    Path roots =
        Files.write(folder.resolve("roots.pem"), new NvidiaGpu("48B02D51C9C1070B").chain());
    for (List<AttestationVerifier> each : List.of(verifiers(null, null), verifiers(file, roots))) {
      assertEquals(
          Arrays.stream(EvidenceType.values()).sorted().toList(),
          each.stream().map(AttestationVerifier::type).sorted().toList());
    }
  }

  @Test
  void filesThatCannotBeReadKeepTheServiceFromStarting() throws IOException {
    Path broken =
        Files.write(folder.resolve("broken"), "no keys".getBytes(StandardCharsets.US_ASCII));
    for (Path each : List.of(broken, folder.resolve("absent"))) {
      Problem keys = assertThrows(Problem.class, () -> verifiers(each, null));
      assertTrue(String.valueOf(keys.getMessage()).contains("attestation.tpm.enrolledKeys"));
      Problem roots = assertThrows(Problem.class, () -> verifiers(null, each));
      assertTrue(String.valueOf(roots.getMessage()).contains("attestation.tpm.akRoots"));
    }
  }
}
