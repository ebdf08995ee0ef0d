package dev.strongroom.auditlog;

import java.util.List;

/** A batch that is on the disk, in the journal. */
record DurableBatch(List<byte[]> leaves, List<Hash> leafHashes, Checkpoint checkpoint) {
  long bytes() {
    long bytes = 0;
    for (byte[] leaf : leaves) {
      bytes += leaf.length;
    }
    return bytes;
  }
}
