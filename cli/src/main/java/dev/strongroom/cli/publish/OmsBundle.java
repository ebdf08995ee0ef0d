package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.oms.ModelSignatureVerifier;
import dev.strongroom.core.manifest.oms.VerifiedModelSignature;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import java.util.function.Consumer;

/** An OpenSSF Model Signing bundle in a file, and the key of the model's maker. */
public final class OmsBundle implements ModelSignature {
  private static final String BEGIN = "-----BEGIN PUBLIC KEY-----";
  private static final String END = "-----END PUBLIC KEY-----";

  private final byte[] bundle;
  private final ModelSignatureVerifier verifier;
  private final Consumer<WeightPath> onUnsigned;

  private OmsBundle(
      byte[] bundle, ModelSignatureVerifier verifier, Consumer<WeightPath> onUnsigned) {
    this.bundle = bundle;
    this.verifier = verifier;
    this.onUnsigned = onUnsigned;
  }

  /**
   * Reads bundle and key.
   *
   * @param publicKey PEM of a SubjectPublicKeyInfo: P-256, P-384 or P-521
   * @param onUnsigned hears of files that the signature does not cover
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when a file cannot be read
   */
  public static OmsBundle read(Path bundle, Path publicKey, Consumer<WeightPath> onUnsigned) {
    return new OmsBundle(bytes(bundle), new ModelSignatureVerifier(spki(publicKey)), onUnsigned);
  }

  @Override
  public Sha256Digest verify(Map<WeightPath, Sha256Digest> files) {
    VerifiedModelSignature verified = verifier.verify(bundle, files);
    verified.unsigned().forEach(onUnsigned);
    return verified.rootDigest();
  }

  private static byte[] spki(Path file) {
    String pem = new String(bytes(file), StandardCharsets.US_ASCII).strip();
    if (pem.startsWith(BEGIN) && pem.endsWith(END)) {
      try {
        return Base64.getMimeDecoder()
            .decode(pem.substring(BEGIN.length(), pem.length() - END.length()));
      } catch (IllegalArgumentException e) {
        // Told below, as every other form.
      }
    }
    throw new Problem(
        ProblemCode.CONFIGURATION_INVALID, "the file " + file + " is not a PEM public key");
  }

  private static byte[] bytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the file " + file + " cannot be read", e);
    }
  }
}
