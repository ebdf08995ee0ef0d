package dev.strongroom.auditlog;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tree from the point of view of the leaves just added to it. It holds the old frontier and the
 * nodes that the new leaves complete: O(batch) memory and work whatever the size of the log, and
 * enough to prove the inclusion of every one of the new leaves.
 */
final class BatchTree {
  private final long start;
  private final long size;
  private final TreeHasher hasher;
  private final List<List<Hash>> levels = new ArrayList<>();

  /**
   * For each level, the root of what lies right of the last complete subtree of that level; null
   * where nothing does.
   */
  private final @Nullable Hash[] ragged = new Hash[Long.SIZE];

  BatchTree(Frontier before, List<Hash> leaves, TreeHasher hasher) {
    this.start = before.size();
    this.size = start + leaves.size();
    this.hasher = hasher;
    List<Hash> completed = leaves;
    for (int level = 0; size >> level > 0; level++) {
      List<Hash> nodes = new ArrayList<>(completed.size() + 1);
      if (isOdd(start >> level)) {
        nodes.add(before.node(level));
      }
      nodes.addAll(completed);
      levels.add(nodes);
      completed = pairs(nodes);
    }
    fillRagged();
  }

  private List<Hash> pairs(List<Hash> nodes) {
    List<Hash> parents = new ArrayList<>(nodes.size() / 2);
    for (int i = 0; i + 1 < nodes.size(); i += 2) {
      parents.add(hasher.node(nodes.get(i), nodes.get(i + 1)));
    }
    return parents;
  }

  private void fillRagged() {
    Hash rest = null;
    for (int level = 0; level < levels.size(); level++) {
      ragged[level] = rest;
      if (isOdd(size >> level)) {
        Hash complete = node(level, (size >> level) - 1);
        rest = rest == null ? complete : hasher.node(complete, rest);
      }
    }
    if (levels.size() < ragged.length) {
      ragged[levels.size()] = rest;
    }
  }

  long start() {
    return start;
  }

  long size() {
    return size;
  }

  Hash root() {
    Hash root = ragged[levels.size()];
    return root == null ? TreeHasher.EMPTY_ROOT : root;
  }

  Frontier frontier() {
    Hash[] byLevel = new Hash[levels.size()];
    for (int level = 0; level < byLevel.length; level++) {
      if (isOdd(size >> level)) {
        byLevel[level] = node(level, (size >> level) - 1);
      }
    }
    return new Frontier(size, byLevel);
  }

  /** The inclusion proof of a leaf of this batch in the whole tree (RFC 6962, section 2.1.1). */
  List<Hash> inclusionProof(long index) {
    if (index < start || index >= size) {
      throw new IllegalArgumentException("index " + index + " is not in this batch");
    }
    List<Hash> proof = new ArrayList<>(levels.size());
    for (int level = 0; level < levels.size(); level++) {
      long sibling = (index >> level) ^ 1;
      long complete = size >> level;
      if (sibling < complete) {
        proof.add(node(level, sibling));
      } else if (sibling == complete) {
        Hash rest = ragged[level];
        if (rest != null) {
          proof.add(rest);
        }
      }
    }
    return List.copyOf(proof);
  }

  private Hash node(int level, long position) {
    long first = start >> level;
    long base = isOdd(first) ? first - 1 : first;
    return levels.get(level).get(Math.toIntExact(position - base));
  }

  private static boolean isOdd(long value) {
    return (value & 1) == 1;
  }
}
