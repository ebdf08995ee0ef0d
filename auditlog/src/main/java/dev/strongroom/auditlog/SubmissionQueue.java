package dev.strongroom.auditlog;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A bounded queue that hands out what has gathered, so that a batch is whatever waited. */
final class SubmissionQueue {
  /** What became of an offer. */
  enum Offer {
    ACCEPTED,
    FULL,
    CLOSED
  }

  private final int capacity;
  private final Deque<Submission> waiting = new ArrayDeque<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int wanted = 1;
  private boolean closed;

  SubmissionQueue(int capacity) {
    this.capacity = capacity;
  }

  Offer offer(Submission submission) {
    lock.lock();
    try {
      if (closed) {
        return Offer.CLOSED;
      }
      if (waiting.size() >= capacity) {
        return Offer.FULL;
      }
      waiting.addLast(submission);
      if (waiting.size() >= wanted) {
        changed.signal();
      }
      return Offer.ACCEPTED;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits for work, without heeding interrupts: an interrupt must not close the journal's channel.
   *
   * @param delay how long to let more gather once there is something
   * @return up to {@code most} submissions in order; none once the queue is closed and empty
   */
  List<Submission> take(int most, Duration delay) {
    lock.lock();
    try {
      do {
        wanted = 1;
        while (waiting.isEmpty() && !closed) {
          changed.awaitUninterruptibly();
        }
        wanted = most;
        gather(delay);
        // Whoever waited may have been taken out meanwhile, because its time was up.
      } while (waiting.isEmpty() && !closed);
      List<Submission> taken = new ArrayList<>(Math.min(most, waiting.size()));
      while (taken.size() < most && !waiting.isEmpty()) {
        taken.add(waiting.removeFirst());
      }
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private void gather(Duration delay) {
    long left = delay.toNanos();
    try {
      while (left > 0 && waiting.size() < wanted && !closed) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException again) {
      // What has gathered is enough.
    }
  }

  /** Puts back what a full batch had no room for; it keeps its place. */
  void putBack(List<Submission> rest) {
    lock.lock();
    try {
      rest.reversed().forEach(waiting::addFirst);
    } finally {
      lock.unlock();
    }
  }

  /** Takes out those whose time is up. They stand in the order of their deadlines. */
  List<Submission> takeExpired(long nowNanos) {
    lock.lock();
    try {
      List<Submission> expired = new ArrayList<>();
      while (!waiting.isEmpty() && waiting.getFirst().deadlineNanos() - nowNanos <= 0) {
        expired.add(waiting.removeFirst());
      }
      return expired;
    } finally {
      lock.unlock();
    }
  }

  /** Refuses what comes after; what waits may still be taken. */
  void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Refuses what comes after and empties the queue. */
  List<Submission> closeAndDrain() {
    lock.lock();
    try {
      close();
      List<Submission> rest = new ArrayList<>(waiting);
      waiting.clear();
      return rest;
    } finally {
      lock.unlock();
    }
  }

  boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  int size() {
    lock.lock();
    try {
      return waiting.size();
    } finally {
      lock.unlock();
    }
  }
}
