package dev.strongroom.keyservice.kms.tink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeyTemplates;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import com.google.crypto.tink.aead.PredefinedAeadParameters;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.KeyWrapperContract;
import dev.strongroom.keyservice.kms.TinkKeysets;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TinkKeyWrapperTest extends KeyWrapperContract {
  @TempDir Path folder;
  private Path file;
  private TinkKeyWrapper wrapper;

  @BeforeEach
  void open() {
    file = folder.resolve("kek.json");
    wrapper = TinkKeyWrapper.open(file, true);
  }

  @Override
  protected Class<? extends KeyWrapper> implementation() {
    return TinkKeyWrapper.class;
  }

  @Override
  protected KeyWrapper wrapper() {
    return wrapper;
  }

  @Override
  protected KeyWrapper wrapperWithAnotherKek() {
    return TinkKeyWrapper.open(folder.resolve("another.json"), true);
  }

  @Test
  void theFileIsForItsOwnerAloneAndStays() throws IOException {
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    byte[] before = Files.readAllBytes(file);
    try (SecretBytes key = dataKey()) {
      WrappedKey wrapped = wrapper.wrap(key, CONTEXT);
      for (boolean storeIsEmpty : new boolean[] {true, false}) {
        try (TinkKeyWrapper again = TinkKeyWrapper.open(file, storeIsEmpty);
            SecretBytes unwrapped = again.unwrap(wrapped, CONTEXT)) {
          assertTrue(key.use(unwrapped::sameAs));
        }
      }
    }
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(file)));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count(), "no temporary file stays");
    }
  }

  @Test
  void aMissingFileBesideAStoreThatIsNotEmptyIsNeverMadeAnew() {
    Path missing = folder.resolve("missing.json");
    assertRefused(ProblemCode.KEY_FILE_MISSING, missing, false);
    assertFalse(Files.exists(missing));
  }

  @Test
  void aDanglingLinkIsNotAnInvitation() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("link.json"), folder.resolve("gone"));
    assertRefused(ProblemCode.KEY_FILE_MISSING, link, true);
    assertFalse(Files.exists(folder.resolve("gone")));
  }

  @Test
  void aFileThatOthersMayReadOrWriteIsRefused() throws IOException {
    for (String mode : new String[] {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-"}) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
      assertRefused(ProblemCode.KEY_FILE_INSECURE, file, false);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--------"));
    TinkKeyWrapper.open(file, false).close();
  }

  @Test
  void aFileOfAnotherKindIsRefusedWithoutQuotingIt() throws Exception {
    Path other = folder.resolve("other.json");
    Files.writeString(other, "{\"secret\":\"hunter2\"}");
    Files.setPosixFilePermissions(other, PosixFilePermissions.fromString("rw-------"));
    Problem problem = assertThrows(Problem.class, () -> TinkKeyWrapper.open(other, true));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    assertFalse(String.valueOf(problem.getMessage()).contains("hunter2"));
    assertEquals(null, problem.getCause());
    Files.writeString(other, "");
    assertRefused(ProblemCode.CONFIGURATION_INVALID, other, true);
    Files.write(other, new byte[70_000]);
    assertRefused(ProblemCode.CONFIGURATION_INVALID, other, true);
    write(other, KeysetHandle.generateNew(PredefinedAeadParameters.AES128_GCM));
    assertRefused(ProblemCode.CONFIGURATION_INVALID, other, true);
    write(other, KeysetHandle.generateNew(KeyTemplates.get("AES256_GCM_RAW")));
    assertRefused(ProblemCode.CONFIGURATION_INVALID, other, true);
    write(other, KeysetHandle.generateNew(PredefinedAeadParameters.XCHACHA20_POLY1305));
    assertRefused(ProblemCode.CONFIGURATION_INVALID, other, true);
  }

  @Override
  protected KeyWrapper withItsKekDestroyed(KeyWrapper wrapper) {
    TinkKeysets.retirePrimary(folder.resolve("another.json"));
    return TinkKeyWrapper.open(folder.resolve("another.json"), false);
  }

  @Test
  void aRotationStaysInTheFileForItsOwnerAlone() throws IOException {
    try (SecretBytes key = dataKey()) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      KekStatus rotated = wrapper.rotate();
      try (TinkKeyWrapper again = TinkKeyWrapper.open(file, false);
          SecretBytes unwrapped = again.unwrap(old, CONTEXT)) {
        assertTrue(key.use(unwrapped::sameAs));
        assertEquals(rotated, again.status());
      }
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (var files = Files.list(folder)) {
      assertEquals(1, files.count(), "no temporary file stays");
    }
  }

  @Test
  void aFileThatIsMountedIsRotatedWhereItComesFrom() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("mounted.json"), file);
    byte[] before = Files.readAllBytes(file);
    try (TinkKeyWrapper mounted = TinkKeyWrapper.open(link, false)) {
      Problem problem = assertThrows(Problem.class, mounted::rotate);
      assertEquals(ProblemCode.KEK_ROTATION_UNSUPPORTED, problem.code());
    }
    assertEquals(-1, java.util.Arrays.mismatch(before, Files.readAllBytes(file)));
  }

  @Test
  void anErasedVersionIsInNoFileAndOpensNothing() throws IOException {
    try (SecretBytes key = dataKey()) {
      WrappedKey old = wrapper.wrap(key, CONTEXT);
      Path former = Files.createLink(folder.resolve("former.json"), file);
      KekStatus rotated = wrapper.rotate();
      Path second = Files.createLink(folder.resolve("second.json"), file);
      WrappedKey kept = wrapper.rewrap(old, CONTEXT);
      assertTrue(Files.readString(former).contains(old.kekVersion()), "a rotation keeps it");
      assertEquals(Optional.empty(), wrapper.gone(old.kekVersion()));
      wrapper.destroy(old.kekVersion());
      assertTrue(wrapper.gone(old.kekVersion()).orElseThrow().contains("backups"));
      assertEquals(List.of(rotated.newestVersion()), wrapper.status().versions());
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(Problem.class, () -> wrapper.unwrap(old, CONTEXT).close()).code());
      for (byte each : Files.readAllBytes(second)) {
        assertEquals(0, each, "what was replaced is overwritten");
      }
      try (TinkKeyWrapper again = TinkKeyWrapper.open(file, false);
          SecretBytes opened = again.unwrap(kept, CONTEXT)) {
        assertTrue(key.use(opened::sameAs));
        assertThrows(Problem.class, () -> again.unwrap(old, CONTEXT).close());
      }
      assertEquals(Optional.empty(), wrapper.gone(""));
      wrapper.destroy("");
      assertFalse(Files.exists(file));
      assertTrue(wrapper.gone("").isPresent(), "also when it is closed by that");
    }
  }

  @Test
  void aFileThatIsMountedIsErasedWhereItComesFrom() throws IOException {
    Path link = Files.createSymbolicLink(folder.resolve("mounted.json"), file);
    try (TinkKeyWrapper mounted = TinkKeyWrapper.open(link, false)) {
      String newest = mounted.status().newestVersion();
      assertEquals(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          assertThrows(Problem.class, () -> mounted.destroy("")).code());
      assertEquals(newest, mounted.status().newestVersion());
    }
    assertTrue(Files.size(file) > 0);
  }

  private static void write(Path file, KeysetHandle keyset) throws Exception {
    Files.writeString(
        file, TinkJsonProtoKeysetFormat.serializeKeyset(keyset, InsecureSecretKeyAccess.get()));
  }

  private static void assertRefused(ProblemCode code, Path file, boolean storeIsEmpty) {
    Problem problem =
        assertThrows(Problem.class, () -> TinkKeyWrapper.open(file, storeIsEmpty).close());
    assertEquals(code, problem.code());
  }
}
