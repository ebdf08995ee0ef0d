package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.path.WeightPath;
import java.util.Map;

/** A signature over the model in plaintext (OpenSSF Model Signing), held against the files. */
@FunctionalInterface
public interface ModelSignature {
  /**
   * Verifies the signature and compares the files that it covers with these.
   *
   * @param files the digests of the files to be published
   * @return the root digest of the signature
   * @throws dev.strongroom.core.problem.Problem {@code MODEL_SIGNATURE_INVALID} when it does not
   *     verify, or speaks of other files
   */
  Sha256Digest verify(Map<WeightPath, Sha256Digest> files);
}
