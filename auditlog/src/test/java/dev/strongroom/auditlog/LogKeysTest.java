package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LogKeysTest {
  @TempDir Path folder;
  private Path ed25519;
  private Path mlDsa44;
  private LogKeys keys;

  @BeforeEach
  void generate() {
    ed25519 = folder.resolve("ed25519.key");
    mlDsa44 = folder.resolve("mldsa44.key");
    keys = LogKeys.generate(ed25519, mlDsa44, TestKeys.ORIGIN);
  }

  private LogCode refusal() {
    return assertThrows(AuditLogException.class, () -> LogKeys.load(ed25519, mlDsa44)).code();
  }

  @Test
  void filesAreForTheOwnerAloneAndLoadAgain() throws Exception {
    for (Path file : List.of(ed25519, mlDsa44)) {
      assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
    assertEquals(keys.verifierKeys(), LogKeys.load(ed25519, mlDsa44).verifierKeys());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rwx------"})
  void refusesFilesThatOthersCanReach(String permissions) throws Exception {
    Files.setPosixFilePermissions(mlDsa44, PosixFilePermissions.fromString(permissions));
    assertEquals(LogCode.KEY_FILE_INSECURE, refusal());
  }

  @Test
  void refusesASymbolicLink() throws Exception {
    Path moved = folder.resolve("elsewhere");
    Files.move(ed25519, moved);
    Files.createSymbolicLink(ed25519, moved);
    assertEquals(LogCode.KEY_FILE_INSECURE, refusal());
  }

  @Test
  void neverMakesAMissingKeyAnew() throws Exception {
    Files.delete(ed25519);
    assertEquals(LogCode.KEY_FILE_MISSING, refusal());
    assertFalse(Files.exists(ed25519));
  }

  @Test
  void neverOverwritesAKey() {
    LogCode code =
        assertThrows(
                AuditLogException.class, () -> LogKeys.generate(ed25519, mlDsa44, TestKeys.ORIGIN))
            .code();
    assertEquals(LogCode.KEY_FILE_EXISTS, code);
  }

  @Test
  void completesAPairWhoseMakingBrokeOff() throws Exception {
    Files.delete(mlDsa44);
    Path half = KeyFile.unfinished(mlDsa44);
    Files.writeString(half, "half a k");
    LogKeys whole = LogKeys.generateAbsent(ed25519, mlDsa44, TestKeys.ORIGIN);
    assertEquals(keys.ed25519().verifierKey(), whole.ed25519().verifierKey());
    assertFalse(Files.exists(half), "what was left of the attempt is gone");
    assertEquals(
        whole.verifierKeys(),
        LogKeys.generateAbsent(ed25519, mlDsa44, TestKeys.ORIGIN).verifierKeys());
  }

  /** Where a crash came between the link and the removal, the private key has a second name. */
  @Test
  void loadingRemovesASecondNameOfAKey() throws Exception {
    Path second = KeyFile.unfinished(ed25519);
    Path former = folder.resolve(".ed25519.key.unfinished");
    Path another = folder.resolve(".other.key.unfinished");
    for (Path each : List.of(second, former, another)) {
      Files.createLink(each, ed25519);
    }
    assertEquals(keys.verifierKeys(), LogKeys.load(ed25519, mlDsa44).verifierKeys());
    assertFalse(Files.exists(second));
    assertFalse(Files.exists(former));
    assertTrue(Files.exists(another), "it belongs to no key that was loaded");
  }

  @Test
  void aRefusedAttemptLeavesNothingBesideTheKeys() throws Exception {
    assertThrows(
        AuditLogException.class, () -> LogKeys.generate(ed25519, mlDsa44, TestKeys.ORIGIN));
    try (Stream<Path> files = Files.list(folder)) {
      assertEquals(Set.of(ed25519, mlDsa44), files.collect(Collectors.toSet()));
    }
  }

  @Test
  void noTwoAttemptsWriteToOnePlace() {
    assertNotEquals(KeyFile.unfinished(ed25519), KeyFile.unfinished(ed25519));
  }

  @Test
  void saysWhatAFileSystemWithoutHardLinksLacks() throws Exception {
    Map<String, Object> options = Map.of("create", "true", "enablePosixFileAttributes", "true");
    try (FileSystem zip = FileSystems.newFileSystem(folder.resolve("keys.zip"), options)) {
      Path key = zip.getPath("/ed25519.key");
      AuditLogException refused =
          assertThrows(
              AuditLogException.class,
              () -> KeyFile.generate(key, TestKeys.ORIGIN, SignatureType.ED25519));
      assertEquals(LogCode.LOG_IO_FAILED, refused.code());
      assertTrue(String.valueOf(refused.getMessage()).contains("hard links"), refused::toString);
      try (Stream<Path> files = Files.list(zip.getPath("/"))) {
        assertEquals(0, files.count());
      }
    }
  }

  @Test
  void refusesAPrivateKeyUnderAnotherVerifierKey() throws Exception {
    LogKeys.generate(folder.resolve("e2"), folder.resolve("m2"), TestKeys.ORIGIN);
    String other = Files.readString(folder.resolve("e2"));
    String mine = Files.readString(ed25519);
    String mixed = mine.substring(0, mine.indexOf('\n')) + other.substring(other.indexOf('\n'));
    Files.writeString(ed25519, mixed);
    assertEquals(LogCode.KEY_FILE_MALFORMED, refusal());
  }

  @Test
  void refusesDamage() throws Exception {
    String text = Files.readString(ed25519);
    Files.writeString(ed25519, text.substring(0, text.length() - 10));
    assertEquals(LogCode.KEY_FILE_MALFORMED, refusal());
    Files.writeString(ed25519, "");
    assertEquals(LogCode.KEY_FILE_MALFORMED, refusal());
  }

  @Test
  void refusesKeysThatDoNotBelongTogether() {
    LogKeys others = TestKeys.make("other.example/log");
    assertEquals(
        LogCode.KEY_UNSUITABLE,
        assertThrows(AuditLogException.class, () -> LogKeys.of(keys.ed25519(), others.mlDsa44()))
            .code());
    assertEquals(
        LogCode.KEY_UNSUITABLE,
        assertThrows(AuditLogException.class, () -> LogKeys.of(keys.mlDsa44(), keys.ed25519()))
            .code());
  }

  @Test
  void saysNothingOfThePrivateKey() throws Exception {
    String pem = Files.readString(ed25519).lines().skip(2).findFirst().orElseThrow();
    assertFalse((keys.ed25519() + " " + keys).contains(pem));
  }
}
