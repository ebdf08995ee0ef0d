package dev.strongroom.core.secret;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Protected memory for small secrets, handed out in slots of {@value #SLOT_BYTES} bytes.
 *
 * <p>A secret lives for about as long as one request. Memory of its own for each costs two system
 * calls to protect it, and an arena that several threads may use is closed by a handshake with
 * every thread of the process. So the memory is protected once, a slab at a time, and kept; slabs
 * are as many as the most secrets that lived at once need.
 */
final class SecretSlots {
  static final int SLOT_BYTES = 64;

  // Whole pages: locking is by page, and the usual limit on locked memory is a few megabytes.
  private static final int SLAB_BYTES = 16 * 1024;
  private static final int PAGE_BYTES = 4 * 1024;

  private static final Deque<MemorySegment> FREE = new ArrayDeque<>();

  private SecretSlots() {}

  /** A slot of zeros that nobody else has. */
  static synchronized MemorySegment take() {
    if (FREE.isEmpty()) {
      MemorySegment slab = Arena.global().allocate(SLAB_BYTES, PAGE_BYTES);
      ProcessMemory.protect(slab);
      for (long at = 0; at < SLAB_BYTES; at += SLOT_BYTES) {
        FREE.push(slab.asSlice(at, SLOT_BYTES));
      }
    }
    return FREE.pop();
  }

  /** Overwrites a slot with zeros and takes it back. The caller must not use it any more. */
  static synchronized void giveBack(MemorySegment slot) {
    slot.fill((byte) 0);
    FREE.push(slot);
  }
}
