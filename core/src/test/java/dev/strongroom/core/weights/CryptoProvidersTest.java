package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;

/** The library's native part exists for Linux on x86-64 only; elsewhere the tests are skipped. */
@ResourceLock("java.security.Security")
class CryptoProvidersTest {
  private static final String FAST = "AmazonCorrettoCryptoProvider";

  @BeforeEach
  void needsThePlatform() {
    boolean here =
        System.getProperty("os.name").equals("Linux")
            && System.getProperty("os.arch").equals("amd64");
    if (System.getenv("CI") == null) {
      Assumptions.assumeTrue(here, FAST + " has no native library for this platform");
    }
    assertTrue(here, "under CI the tests run on Linux, x86-64");
  }

  @AfterEach
  void remove() {
    Security.removeProvider(FAST);
  }

  @Test
  void installsTheFastProviderOnce() {
    CryptoProviders first = CryptoProviders.install();
    assertEquals(FAST, first.aesGcm(), first.note());
    assertEquals(FAST, first.ed25519(), first.note());
    assertEquals(FAST, first.ecdsa(), first.note());
    assertEquals(FAST, Security.getProviders()[0].getName());
    int count = Security.getProviders().length;
    assertEquals(FAST, CryptoProviders.install().aesGcm());
    assertEquals(count, Security.getProviders().length);
  }

  @Test
  void formatIsTheSameUnderBothProviders() {
    int size = 5 * 4096;
    byte[] plaintext = SampleFile.plaintext(size, 1);
    SampleFile file = SampleFile.of(size, 4096);
    byte[] byRuntime = file.encrypt(plaintext);
    FileCommitment commitment = file.commitment();
    assertTrue(CryptoProviders.install().note().contains("installed"));
    assertArrayEquals(byRuntime, file.encrypt(plaintext));
    assertArrayEquals(plaintext, file.decrypt(byRuntime));
    assertEquals(commitment, file.commitment());
    byRuntime[byRuntime.length - 1] ^= 1;
    assertEquals(
        ProblemCode.CIPHERTEXT_CORRUPT,
        assertThrows(Problem.class, () -> file.decrypt(byRuntime)).code());
  }

  @Test
  void selfTestRefusesAProviderThatLacksSomething() throws GeneralSecurityException {
    assertThrows(
        GeneralSecurityException.class,
        () -> ProviderSelfTest.run(Security.getProvider("SunJCE")),
        "a provider that has AES-GCM but no signatures is not enough");
    assertThrows(
        GeneralSecurityException.class,
        () -> ProviderSelfTest.run(new Provider("Empty", "1", "for a test") {}));
    CryptoProviders.install();
    ProviderSelfTest.run(Security.getProvider(FAST));
    assertFalse(CryptoProviders.install().note().isEmpty());
  }
}
