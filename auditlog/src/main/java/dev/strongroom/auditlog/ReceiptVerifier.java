package dev.strongroom.auditlog;

import java.time.Instant;
import java.util.Arrays;

/** Verifies receipts offline: no network, nothing but what the caller pins. */
public final class ReceiptVerifier {
  private ReceiptVerifier() {}

  /**
   * What a receipt proved.
   *
   * @param index where the leaf stands
   * @param checkpoint the verified checkpoint: size and root of the tree that holds it
   */
  public record VerifiedReceipt(long index, Checkpoint checkpoint) {}

  /**
   * Verifies, in this order: that the receipt is about this leaf; origin and signatures of the
   * checkpoint; the path from the leaf to its root.
   *
   * @param leaf the leaf as the caller knows it or has rebuilt it
   * @param at now for a fresh receipt; for an old one, the time that its leaf speaks of
   * @throws AuditLogException {@code leaf-mismatch}, {@code inclusion-invalid}, or any code of
   *     {@link Checkpoint#verify(String, LogTrust, Instant)}
   */
  public static VerifiedReceipt verify(Receipt receipt, byte[] leaf, LogTrust trust, Instant at) {
    requireLeaf(receipt, leaf);
    Checkpoint checkpoint = Checkpoint.verify(receipt.checkpointNote(), trust, at);
    MerkleProofs.verifyInclusion(
        receipt.index(),
        checkpoint.size(),
        new TreeHasher().leaf(leaf),
        receipt.proof(),
        checkpoint.root());
    return new VerifiedReceipt(receipt.index(), checkpoint);
  }

  private static void requireLeaf(Receipt receipt, byte[] leaf) {
    if (!Arrays.equals(receipt.rawLeaf(), leaf)) {
      throw new AuditLogException(
          LogCode.LEAF_MISMATCH, "the receipt is about another leaf than the one expected");
    }
  }
}
