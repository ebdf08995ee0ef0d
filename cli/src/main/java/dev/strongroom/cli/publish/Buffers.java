package dev.strongroom.cli.publish;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Byte arrays that are used again, bounded in their sum. A taker waits while the bound is reached;
 * one buffer is always given, however large. Takers must not hold one buffer of a pool while they
 * wait for another.
 */
final class Buffers {
  private final long maxBytes;
  private final int maxBuffers;
  private final Deque<byte[]> idle = new ArrayDeque<>();
  private long idleBytes;
  private long lentBytes;
  private int lent;

  Buffers(int maxBuffers, long maxBytes) {
    this.maxBuffers = maxBuffers;
    this.maxBytes = maxBytes;
  }

  /** An array of at least this size; its content is undefined. */
  synchronized byte[] take(int size) {
    boolean interrupted = false;
    while (lent > 0 && (lent == maxBuffers || lentBytes + size > maxBytes)) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    byte[] buffer = reuse(size);
    lent++;
    lentBytes += buffer.length;
    return buffer;
  }

  private byte[] reuse(int size) {
    for (byte[] candidate : idle) {
      if (candidate.length >= size) {
        idle.remove(candidate);
        idleBytes -= candidate.length;
        return candidate;
      }
    }
    while (!idle.isEmpty() && idleBytes + lentBytes + size > maxBytes) {
      idleBytes -= idle.removeFirst().length;
    }
    return new byte[size];
  }

  /** Gives an array back. */
  synchronized void give(byte[] buffer) {
    lent--;
    lentBytes -= buffer.length;
    idle.addLast(buffer);
    idleBytes += buffer.length;
    notifyAll();
  }
}
