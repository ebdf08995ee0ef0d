package dev.strongroom.core.manifest.oms;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.util.Map;

/**
 * Bundles and statements of strangers are refused with a {@link Problem}, and with nothing else.
 */
class ModelSignatureFuzzTest {
  private static final ModelSignatureVerifier VERIFIER = verifier();

  private static ModelSignatureVerifier verifier() {
    try {
      return new ModelSignatureVerifier(
          KeyPairGenerator.getInstance("EC").generateKeyPair().getPublic());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @FuzzTest(maxDuration = "60s")
  void bundle(byte[] input) {
    try {
      VERIFIER.verify(input, Map.of());
    } catch (Problem refusal) {
      return;
    }
    throw new AssertionError("nobody has signed this");
  }

  @FuzzTest(maxDuration = "60s")
  void statement(byte[] input) {
    try {
      SignedStatement.of(CanonicalJson.parseForeign(input, 1 << 16)).check(Map.of());
    } catch (Problem refusal) {
      return;
    }
    throw new AssertionError("a statement covers at least one file, and there is none here");
  }
}
