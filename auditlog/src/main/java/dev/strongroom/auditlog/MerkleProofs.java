package dev.strongroom.auditlog;

import java.util.List;

/**
 * Verification of Merkle proofs: inclusion and consistency (RFC 6962, section 2.1) as the cases of
 * their subtree forms that start at zero (draft-ietf-plants-merkle-tree-certs, section 4).
 */
public final class MerkleProofs {
  /** A tree of fewer than 2^63 leaves has no longer path. */
  static final int MAX_HASHES = 2 * Long.SIZE;

  private MerkleProofs() {}

  /**
   * Verifies that a leaf stands at an index of a tree.
   *
   * @param leafHash SHA-256 of a zero byte and the leaf
   * @param proof from the leaf's sibling up to a child of the root
   * @throws AuditLogException {@code inclusion-invalid}
   */
  public static void verifyInclusion(
      long index, long size, Hash leafHash, List<Hash> proof, Hash root) {
    verifySubtreeInclusion(index, 0, size, leafHash, proof, root);
  }

  static void verifySubtreeInclusion(
      long index, long start, long end, Hash leafHash, List<Hash> proof, Hash root) {
    if (index < start || index >= end || !isSubtree(start, end)) {
      throw inclusion("the index lies outside the tree");
    }
    TreeHasher hasher = new TreeHasher();
    long at = index - start;
    long last = end - start - 1;
    Hash computed = leafHash;
    for (Hash sibling : proof) {
      if (last == 0) {
        throw inclusion("the proof is too long");
      }
      if ((at & 1) == 1 || at == last) {
        computed = hasher.node(sibling, computed);
        while (at != 0 && (at & 1) == 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        computed = hasher.node(computed, sibling);
      }
      at >>= 1;
      last >>= 1;
    }
    if (last != 0 || !computed.equals(root)) {
      throw inclusion("the proof does not lead to the root");
    }
  }

  /**
   * Verifies that a tree is a prefix of another.
   *
   * @param oldSize at least 1: a proof from the empty tree proves nothing and is refused
   * @throws AuditLogException {@code consistency-invalid}
   */
  public static void verifyConsistency(
      long oldSize, Hash oldRoot, long newSize, Hash newRoot, List<Hash> proof) {
    if (oldSize < 1) {
      throw consistency("every tree continues the empty one; there is nothing to prove");
    }
    verifySubtreeConsistency(0, oldSize, newSize, oldRoot, newRoot, proof);
  }

  static void verifySubtreeConsistency(
      long start, long end, long size, Hash subtreeRoot, Hash root, List<Hash> proof) {
    if (start < 0 || end > size || !isSubtree(start, end)) {
      throw consistency("the older range does not lie inside the newer tree");
    }
    if (start == end) {
      requireEmpty(subtreeRoot, proof);
      return;
    }
    new ConsistencyPath(start, end, size).verify(subtreeRoot, root, proof);
  }

  private static void requireEmpty(Hash subtreeRoot, List<Hash> proof) {
    if (!proof.isEmpty() || !subtreeRoot.equals(TreeHasher.EMPTY_ROOT)) {
      throw consistency("an empty tree has the empty root and an empty proof");
    }
  }

  /** Whether the range is a subtree: its start is a multiple of a power of two that covers it. */
  private static boolean isSubtree(long start, long end) {
    if (start < 0 || start > end) {
      return false;
    }
    long length = end - start;
    long width = length <= 1 ? 1 : Long.highestOneBit(length - 1) << 1;
    return start == 0 || (width > 0 && start % width == 0);
  }

  /** The walk from the subtree to the root (same draft, section 4.4.3). */
  private static final class ConsistencyPath {
    private long first;
    private long subtreeLast;
    private long treeLast;

    ConsistencyPath(long start, long end, long size) {
      first = start;
      subtreeLast = end - 1;
      treeLast = size - 1;
      boolean reachesTheEnd = subtreeLast == treeLast;
      while (first != subtreeLast && (reachesTheEnd || (subtreeLast & 1) == 1)) {
        up();
      }
    }

    void verify(Hash subtreeRoot, Hash root, List<Hash> proof) {
      TreeHasher hasher = new TreeHasher();
      boolean fromSubtree = first == subtreeLast;
      if (!fromSubtree && proof.isEmpty()) {
        throw consistency("the proof is too short");
      }
      Hash old = fromSubtree ? subtreeRoot : proof.getFirst();
      Hash whole = old;
      for (Hash step : fromSubtree ? proof : proof.subList(1, proof.size())) {
        if (treeLast == 0) {
          throw consistency("the proof is too long");
        }
        if ((subtreeLast & 1) == 1 || subtreeLast == treeLast) {
          old = first < subtreeLast ? hasher.node(step, old) : old;
          whole = hasher.node(step, whole);
          while (subtreeLast != 0 && (subtreeLast & 1) == 0) {
            up();
          }
        } else {
          whole = hasher.node(whole, step);
        }
        up();
      }
      if (treeLast != 0 || !old.equals(subtreeRoot) || !whole.equals(root)) {
        throw consistency("the proof does not lead from the older root to the newer");
      }
    }

    private void up() {
      first >>= 1;
      subtreeLast >>= 1;
      treeLast >>= 1;
    }
  }

  private static AuditLogException inclusion(String why) {
    return new AuditLogException(LogCode.INCLUSION_INVALID, why);
  }

  private static AuditLogException consistency(String why) {
    return new AuditLogException(LogCode.CONSISTENCY_INVALID, why);
  }
}
