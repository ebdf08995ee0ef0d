package dev.strongroom.auditlog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** An entry bundle: leaves, each behind its length as a big-endian uint16 (C2SP tlog-tiles). */
final class EntryBundle {
  static final int LENGTH_BYTES = 2;

  /** The largest full bundle, in bytes. */
  static final int MAX_BYTES = TilePath.FULL * (LENGTH_BYTES + Entry.MAX_LEAF_BYTES);

  private EntryBundle() {}

  /**
   * Reads a bundle of exactly {@code count} leaves.
   *
   * @throws AuditLogException {@code bundle-malformed}; its index counts from the bundle's start
   */
  static List<byte[]> parse(byte[] bundle, int count) {
    List<byte[]> leaves = new ArrayList<>(count);
    int at = 0;
    while (leaves.size() < count) {
      if (bundle.length - at < LENGTH_BYTES) {
        throw malformed(leaves.size(), "it ends before this entry");
      }
      int length = length(bundle, at);
      at += LENGTH_BYTES;
      if (bundle.length - at < length) {
        throw malformed(leaves.size(), "it ends within this entry");
      }
      leaves.add(Arrays.copyOfRange(bundle, at, at + length));
      at += length;
    }
    if (at != bundle.length) {
      throw malformed(count, "bytes follow its last entry");
    }
    return leaves;
  }

  private static int length(byte[] bundle, int at) {
    return (bundle[at] & 0xff) << 8 | (bundle[at + 1] & 0xff);
  }

  private static AuditLogException malformed(int position, String why) {
    return new AuditLogException(
        LogCode.BUNDLE_MALFORMED, position, "the entry bundle is malformed: " + why);
  }
}
