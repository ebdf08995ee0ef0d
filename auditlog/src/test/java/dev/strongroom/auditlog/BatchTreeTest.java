package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Compared with the definitions of RFC 6962, section 2.1, taken word for word. */
class BatchTreeTest {
  private final TreeHasher hasher = new TreeHasher();

  private Hash definition(List<Hash> leaves) {
    int n = leaves.size();
    if (n == 0) {
      return TreeHasher.EMPTY_ROOT;
    }
    if (n == 1) {
      return leaves.getFirst();
    }
    int k = Integer.highestOneBit(n - 1);
    return hasher.node(definition(leaves.subList(0, k)), definition(leaves.subList(k, n)));
  }

  private List<Hash> path(int m, List<Hash> leaves) {
    int n = leaves.size();
    if (n == 1) {
      return List.of();
    }
    int k = Integer.highestOneBit(n - 1);
    List<Hash> path =
        new ArrayList<>(m < k ? path(m, leaves.subList(0, k)) : path(m - k, leaves.subList(k, n)));
    path.add(definition(m < k ? leaves.subList(k, n) : leaves.subList(0, k)));
    return path;
  }

  private List<Hash> leaves(int count) {
    List<Hash> leaves = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      leaves.add(hasher.leaf(Integer.toString(i).getBytes(StandardCharsets.UTF_8)));
    }
    return leaves;
  }

  @Test
  void everySplitOfEverySmallTreeAgrees() {
    List<Hash> all = leaves(40);
    for (int start = 0; start <= all.size(); start++) {
      Frontier frontier = new BatchTree(Frontier.EMPTY, all.subList(0, start), hasher).frontier();
      for (int end = start; end <= all.size(); end++) {
        BatchTree tree = new BatchTree(frontier, all.subList(start, end), hasher);
        assertEquals(definition(all.subList(0, end)), tree.root());
        assertEquals(tree.root(), tree.frontier().root(hasher));
        for (int m = start; m < end; m++) {
          assertEquals(path(m, all.subList(0, end)), tree.inclusionProof(m));
        }
      }
    }
  }

  @Test
  void randomBatchesAgree() {
    List<Hash> all = leaves(3000);
    long seed = 20260301;
    Random random = new Random(seed);
    Frontier frontier = Frontier.EMPTY;
    int at = 0;
    while (at < all.size()) {
      int end = Math.min(all.size(), at + 1 + random.nextInt(400));
      BatchTree tree = new BatchTree(frontier, all.subList(at, end), hasher);
      Hash root = definition(all.subList(0, end));
      assertEquals(root, tree.root(), "seed " + seed + ", size " + end);
      for (int i = 0; i < 20; i++) {
        int index = at + random.nextInt(end - at);
        MerkleProofs.verifyInclusion(index, end, all.get(index), tree.inclusionProof(index), root);
      }
      frontier = tree.frontier();
      at = end;
    }
  }
}
