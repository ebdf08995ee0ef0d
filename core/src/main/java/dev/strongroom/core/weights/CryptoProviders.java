package dev.strongroom.core.weights;

import java.security.GeneralSecurityException;
import java.security.Provider;
import java.security.Security;
import java.security.Signature;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import javax.crypto.Cipher;

/**
 * Which provider does the work, for the log at start and for benchmarks.
 *
 * @param aesGcm the name of the provider of AES-GCM
 * @param ed25519 the name of the provider of Ed25519 signatures
 * @param ecdsa the name of the provider of ECDSA signatures
 * @param note one sentence on why they are these
 */
public record CryptoProviders(String aesGcm, String ed25519, String ecdsa, String note) {
  private static final String FAST = "AmazonCorrettoCryptoProvider";

  /**
   * Puts the Amazon Corretto Crypto Provider in the first place when it is on the class path and
   * passes a test with published vectors; otherwise leaves the runtime's own. Call it first in
   * {@code main}. Calling it again changes nothing.
   *
   * @return what is in use now
   */
  public static synchronized CryptoProviders install() {
    return current(installFast());
  }

  private static String installFast() {
    if (Security.getProvider(FAST) != null) {
      return FAST + " is installed";
    }
    try {
      Provider provider = find();
      if (provider == null) {
        return FAST + " is not on the class path; the Java runtime's own are in use";
      }
      ProviderSelfTest.run(provider);
      Security.insertProviderAt(provider, 1);
      return FAST + " passed its self-test and was installed";
    } catch (GeneralSecurityException
        | RuntimeException
        | ServiceConfigurationError
        | LinkageError e) {
      return FAST + " failed its self-test (" + e + "); the Java runtime's own are in use";
    }
  }

  private static @org.jspecify.annotations.Nullable Provider find() {
    return ServiceLoader.load(Provider.class).stream()
        .filter(candidate -> candidate.type().getSimpleName().equals(FAST))
        .findFirst()
        .map(ServiceLoader.Provider::get)
        .orElse(null);
  }

  private static CryptoProviders current(String note) {
    try {
      return new CryptoProviders(
          Cipher.getInstance("AES/GCM/NoPadding").getProvider().getName(),
          Signature.getInstance("Ed25519").getProvider().getName(),
          Signature.getInstance("SHA256withECDSA").getProvider().getName(),
          note);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java 25 runtime has AES-GCM, Ed25519 and ECDSA", e);
    }
  }
}
