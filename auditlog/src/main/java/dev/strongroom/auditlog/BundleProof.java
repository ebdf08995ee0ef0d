package dev.strongroom.auditlog;

import java.io.IOException;
import java.util.List;

/**
 * Proves that the entries of one bundle stand in the tree with a signed root: the root is computed
 * again from the hashes of these entries and from the nodes beside their way up, as in RFC 6962,
 * section 2.1. Where the nodes come from does not matter: false ones lead to another root.
 */
final class BundleProof {
  private final TileStore store;
  private final Checkpoint checkpoint;
  private final TreeHasher hasher = new TreeHasher();

  BundleProof(TileStore store, Checkpoint checkpoint) {
    this.store = store;
    this.checkpoint = checkpoint;
  }

  /**
   * Requires that the entries lead to the root.
   *
   * @param first the index of the first entry, a multiple of 256
   * @param leaves 256 entries, or those to the end of the log
   * @throws AuditLogException {@code root-mismatch}, {@code tile-missing}, {@code tile-malformed}
   */
  void require(long first, List<byte[]> leaves) throws IOException {
    List<Hash> hashes = leaves.stream().map(hasher::leaf).toList();
    if (!root(new Bundle(first, hashes), 0, checkpoint.size()).equals(checkpoint.root())) {
      throw new AuditLogException(
          LogCode.ROOT_MISMATCH,
          first,
          "the entries from "
              + first
              + " to "
              + (first + leaves.size() - 1)
              + " do not lead to the root of the checkpoint: one of them was changed together with"
              + " its tile, or a tile beside them; verify the log ('strongroom audit verify')");
    }
  }

  private record Bundle(long first, List<Hash> hashes) {
    long end() {
      return first + hashes.size();
    }
  }

  // Every split of the tree of more than a bundle lies between bundles.
  private Hash root(Bundle bundle, long low, long high) throws IOException {
    if (bundle.end() <= low || high <= bundle.first()) {
      return store.range(low, high, checkpoint.size(), hasher);
    }
    if (bundle.first() <= low && high <= bundle.end()) {
      return hasher.root(
          bundle.hashes().subList((int) (low - bundle.first()), (int) (high - bundle.first())));
    }
    long middle = low + Long.highestOneBit(high - low - 1);
    return hasher.node(root(bundle, low, middle), root(bundle, middle, high));
  }
}
