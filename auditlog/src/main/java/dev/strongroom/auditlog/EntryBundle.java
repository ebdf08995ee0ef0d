package dev.strongroom.auditlog;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** An entry bundle: leaves, each behind its length as a big-endian uint16 (C2SP tlog-tiles). */
final class EntryBundle {
  static final int LENGTH_BYTES = 2;

  /** The largest full bundle, in bytes. */
  static final int MAX_BYTES = TilePath.FULL * (LENGTH_BYTES + Entry.MAX_LEAF_BYTES);

  private EntryBundle() {}

  /**
   * What could be read of a bundle.
   *
   * @param leaves the leaves before the first that is not whole
   * @param problem what is wrong after them; empty where the bundle is well-formed
   */
  record Parsed(List<byte[]> leaves, Optional<String> problem) {}

  /** Reads a bundle that should have exactly {@code count} leaves and nothing after them. */
  static Parsed parse(byte[] bundle, int count) {
    List<byte[]> leaves = new ArrayList<>(count);
    int at = 0;
    while (leaves.size() < count) {
      if (bundle.length - at < LENGTH_BYTES) {
        return new Parsed(leaves, Optional.of("it ends before this entry"));
      }
      int length = (bundle[at] & 0xff) << 8 | (bundle[at + 1] & 0xff);
      at += LENGTH_BYTES;
      if (bundle.length - at < length) {
        return new Parsed(leaves, Optional.of("it ends within this entry"));
      }
      leaves.add(Arrays.copyOfRange(bundle, at, at + length));
      at += length;
    }
    return new Parsed(
        leaves,
        at == bundle.length ? Optional.empty() : Optional.of("bytes follow its last entry"));
  }

  /** How many bytes the first {@code count} leaves of a well-formed bundle take. */
  static int lengthOf(byte[] bundle, int count) {
    int at = 0;
    for (int i = 0; i < count; i++) {
      at += LENGTH_BYTES + ((bundle[at] & 0xff) << 8 | (bundle[at + 1] & 0xff));
    }
    return at;
  }

  /** How many leaves of a well-formed bundle end at or before this byte. */
  static int countBefore(byte[] bundle, int end) {
    int count = 0;
    while (lengthOf(bundle, count) < bundle.length && lengthOf(bundle, count + 1) <= end) {
      count++;
    }
    return count;
  }

  static void append(ByteArrayOutputStream bundle, byte[] leaf) {
    bundle.write(leaf.length >> 8);
    bundle.write(leaf.length);
    bundle.write(leaf, 0, leaf.length);
  }
}
