package dev.strongroom.keyservice.proof;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.identity.SettableClock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NonceIssuerTest {
  private static final long NOW = 1_800_000_000L;

  private final SecureRandom random = new SecureRandom();
  private final SettableClock clock = new SettableClock(Instant.ofEpochSecond(NOW));
  private final NonceIssuer issuer = issuer();

  private NonceIssuer issuer() {
    return new NonceIssuer(SecretBytes.random(32, random), clock, random, Duration.ofMinutes(2));
  }

  @AfterEach
  void close() {
    issuer.close();
  }

  @Test
  void recognisesItsOwn() {
    Nonce nonce = issuer.issue(3);
    assertEquals(NOW + 120, nonce.expiresAt());
    CheckedNonce checked = issuer.check(nonce.nonce(), 3);
    assertEquals(nonce.hash(), checked.hash());
    assertEquals(NOW + 120, checked.expiresAt());
    assertNotEquals(nonce.nonce(), issuer.issue(3).nonce());
  }

  @Test
  void runsOut() {
    Nonce nonce = issuer.issue(0);
    clock.advance(Duration.ofSeconds(119));
    issuer.check(nonce.nonce(), 0);
    clock.advance(Duration.ofSeconds(1));
    assertRefused(ProblemCode.NONCE_EXPIRED, nonce.nonce(), 0);
  }

  @Test
  void isVoidInAnotherEpoch() {
    String nonce = issuer.issue(1).nonce();
    assertRefused(ProblemCode.NONCE_INVALID, nonce, 2);
    assertRefused(ProblemCode.NONCE_INVALID, nonce, 0);
  }

  @Test
  void isNotTakenFromAnotherService() {
    try (NonceIssuer other = issuer()) {
      assertRefused(ProblemCode.NONCE_INVALID, other.issue(0).nonce(), 0);
    }
  }

  @Test
  void everyFlippedBitIsSeen() {
    byte[] bytes = Base64.getUrlDecoder().decode(issuer.issue(0).nonce());
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      assertRefused(ProblemCode.NONCE_INVALID, encode(flipped), 0);
    }
  }

  @Test
  void everyOtherLengthIsRefused() {
    String nonce = issuer.issue(0).nonce();
    byte[] bytes = Base64.getUrlDecoder().decode(nonce);
    for (int length = 0; length < bytes.length; length++) {
      byte[] shorter = new byte[length];
      System.arraycopy(bytes, 0, shorter, 0, length);
      assertRefused(ProblemCode.NONCE_INVALID, encode(shorter), 0);
    }
    assertRefused(ProblemCode.NONCE_INVALID, nonce + "AA", 0);
    assertRefused(ProblemCode.NONCE_INVALID, nonce + "A".repeat(200), 0);
  }

  /**
   * The log keeps a hash of the text: a second spelling of the same bytes would be a second use.
   */
  @Test
  void anotherSpellingOfTheSameBytesIsRefused() {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    String nonce = issuer.issue(0).nonce();
    int last = alphabet.indexOf(nonce.charAt(nonce.length() - 1));
    String respelled = nonce.substring(0, nonce.length() - 1) + alphabet.charAt(last | 1);
    assertNotEquals(nonce, respelled);
    assertRefused(ProblemCode.NONCE_INVALID, respelled, 0);
    assertRefused(ProblemCode.NONCE_INVALID, nonce + "=", 0);
    assertRefused(ProblemCode.NONCE_INVALID, nonce + "\n", 0);
  }

  @Test
  void garbageIsRefused() {
    Random seeded = new Random(7);
    for (int i = 0; i < 200; i++) {
      byte[] garbage = new byte[seeded.nextInt(100)];
      seeded.nextBytes(garbage);
      assertRefused(ProblemCode.NONCE_INVALID, encode(garbage), 0);
    }
  }

  @Test
  void theKeyFileIsMadeOnceAndForItsOwnerAlone(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("nonce.key");
    try (SecretBytes made = NonceKeyFile.readOrCreate(file, random);
        SecretBytes read = NonceKeyFile.readOrCreate(file, random)) {
      assertTrue(made.use(read::sameAs));
    }
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
    assertEquals(
        ProblemCode.KEY_FILE_INSECURE,
        assertThrows(Problem.class, () -> NonceKeyFile.readOrCreate(file, random)).code());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Files.write(file, new byte[31]);
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> NonceKeyFile.readOrCreate(file, random)).code());
    Files.write(file, new byte[33]);
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> NonceKeyFile.readOrCreate(file, random)).code());
  }

  private void assertRefused(ProblemCode code, String nonce, long epoch) {
    assertEquals(code, assertThrows(Problem.class, () -> issuer.check(nonce, epoch)).code());
  }

  private static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
