package dev.strongroom.auditlog;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The roots of the complete subtrees that make up a tree of a given size, one for each bit set in
 * the size: all that is needed to append to the tree and to name its root.
 */
final class Frontier {
  static final Frontier EMPTY = new Frontier(0, new Hash[0]);

  private final long size;
  private final @Nullable Hash[] byLevel;

  /**
   * @param byLevel the subtree of 2^level leaves, where bit {@code level} of the size is set
   */
  Frontier(long size, @Nullable Hash[] byLevel) {
    this.size = size;
    this.byLevel = byLevel;
  }

  long size() {
    return size;
  }

  Hash node(int level) {
    Hash node = level < byLevel.length ? byLevel[level] : null;
    if (node == null) {
      throw new IllegalArgumentException("size " + size + " has no subtree at level " + level);
    }
    return node;
  }

  Hash root(TreeHasher hasher) {
    return new BatchTree(this, List.of(), hasher).root();
  }
}
