package dev.strongroom.core.manifest.oms;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.path.WeightPath;
import java.util.List;

/**
 * A model signature that verified over the files at hand.
 *
 * @param rootDigest the digest of the signed statement's subject: SHA-256 over the digests of the
 *     files
 * @param unsigned the files at hand that the signature does not cover, because it says so or
 *     because the specification leaves them out; in the order of their paths
 */
public record VerifiedModelSignature(Sha256Digest rootDigest, List<WeightPath> unsigned) {
  /** Copies the list. */
  public VerifiedModelSignature {
    unsigned = List.copyOf(unsigned);
  }
}
