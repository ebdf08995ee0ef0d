package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.keyservice.kms.pkcs11.wire.FrameReader;
import dev.strongroom.keyservice.kms.pkcs11.wire.FrameWriter;
import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Request;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One broker and the pipes to it, from its start to its end. A broker that ended or fell silent is
 * never used again. Thread-safe.
 */
final class BrokerConnection implements AutoCloseable {
  /** What a token on this machine takes for one call, and a little more. */
  private static final long SPIN_NANOS = 150_000;

  private final Process process;
  private final FrameWriter requests;
  private final FrameReader answers;
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final ReentrantLock reading = new ReentrantLock();
  private final Thread reader;
  private final Runnable atEnd;
  private volatile long usualNanos;
  private volatile boolean ended;

  private record Pending(CompletableFuture<Message> answer, long sentNanos) {}

  private BrokerConnection(Process process, Runnable atEnd) {
    this.process = process;
    this.requests = new FrameWriter(process.getOutputStream());
    this.answers = new FrameReader(process.getInputStream());
    this.atEnd = atEnd;
    this.reader = Thread.ofPlatform().name("pkcs11-answers").daemon().unstarted(this::read);
  }

  /**
   * Takes over a process that has just started; ends it where that fails.
   *
   * @param atEnd called once, when it has ended
   */
  static BrokerConnection to(Process process, Runnable atEnd) {
    try {
      BrokerConnection connection = new BrokerConnection(process, atEnd);
      connection.reader.start();
      // While nobody waits for an answer, nobody reads: the end is not seen on the pipe then.
      var _ = process.onExit().thenRun(() -> LockSupport.unpark(connection.reader));
      return connection;
    } catch (Throwable e) { // a thread that cannot be started is an Error
      process.destroyForcibly();
      throw e;
    }
  }

  /**
   * Asks and waits.
   *
   * @param timeoutNanos how long
   * @throws BrokerLostException when there is no answer
   * @throws IllegalArgumentException when the fields fit into no frame
   */
  Message exchange(Request request, long timeoutNanos, byte[]... fields)
      throws BrokerLostException {
    long id = ids.incrementAndGet();
    CompletableFuture<Message> answer = new CompletableFuture<>();
    pending.put(id, new Pending(answer, System.nanoTime()));
    try {
      send(request, Message.request(id, request, fields));
      if (ended) {
        throw new BrokerLostException("the broker has ended", false);
      }
      return await(answer, timeoutNanos);
    } catch (TimeoutException e) {
      Message late = abandoned(answer);
      if (late != null) {
        return late;
      }
      throw new BrokerLostException("the token did not answer in time", true);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      abandoned(answer);
      throw new BrokerLostException("the service is stopping", true);
    } catch (IllegalArgumentException e) {
      pending.remove(id); // it fits into no frame, and was not sent
      throw e;
    } catch (IOException | ExecutionException e) {
      pending.remove(id);
      throw new BrokerLostException("the broker has ended", false);
    }
  }

  private void send(Request request, Message message) throws IOException {
    switch (request) {
      case OPEN, WRAP -> requests.writePastBuffer(message); // a PIN, a data key
      case UNWRAP, STATUS, ROTATE, DESTROY -> requests.write(message);
    }
  }

  // Its place stays, so that it counts as unanswered until the broker answers it.
  private static @Nullable Message abandoned(CompletableFuture<Message> answer) {
    return answer.cancel(false) ? null : answer.getNow(null);
  }

  /**
   * One who waits alone looks for the answer itself, where answers come soon; otherwise the reader
   * waits for all.
   */
  private Message await(CompletableFuture<Message> answer, long timeoutNanos)
      throws ExecutionException, InterruptedException, TimeoutException {
    long began = System.nanoTime();
    boolean alone = pending.size() == 1;
    if (alone && usualNanos < SPIN_NANOS && reading.tryLock()) {
      try {
        lookOut(answer, began + SPIN_NANOS);
      } finally {
        reading.unlock();
      }
    }
    if (!answer.isDone() || !pending.isEmpty()) {
      LockSupport.unpark(reader);
    }
    Message message = answer.get(timeoutNanos, TimeUnit.NANOSECONDS);
    if (alone) {
      usualNanos = System.nanoTime() - began;
    }
    return message;
  }

  // With the lock. Yields meanwhile: who has work to do does it.
  @SuppressWarnings("ThreadPriorityCheck")
  private void lookOut(CompletableFuture<Message> answer, long until) {
    try {
      while (!answer.isDone() && System.nanoTime() - until < 0) {
        Message next = answers.poll();
        if (next == null) {
          Thread.yield();
        } else {
          deliver(next);
        }
      }
    } catch (IOException e) {
      // The reader meets the same.
    }
  }

  private void deliver(Message answer) {
    Pending asked = pending.remove(answer.id());
    if (asked == null || !asked.answer().complete(answer)) {
      answer.wipe();
    }
  }

  // A thread of its own, which sleeps while nothing is asked.
  private void read() {
    boolean open = true;
    while (open) {
      if (pending.isEmpty() && process.isAlive()) {
        LockSupport.park(this);
      } else {
        open = readWhileAsked();
      }
    }
    process.destroyForcibly();
    ended = true;
    BrokerLostException gone = new BrokerLostException("the broker has ended", false);
    pending.values().forEach(each -> each.answer().completeExceptionally(gone));
    atEnd.run();
  }

  /** False when there is nothing more to read, ever. */
  private boolean readWhileAsked() {
    reading.lock();
    try {
      while (!pending.isEmpty() || !process.isAlive()) {
        Message answer = answers.next();
        if (answer == null) {
          return false;
        }
        deliver(answer);
      }
      return true;
    } catch (IOException e) {
      // It ended, or wrote something else than frames: the same to those who wait.
      return false;
    } finally {
      reading.unlock();
    }
  }

  /** Whether it has ended. */
  boolean hasEnded() {
    return ended;
  }

  /** Whether it has left a request unanswered for so long. */
  boolean isSilentFor(long nanos) {
    long now = System.nanoTime();
    return pending.values().stream().anyMatch(each -> now - each.sentNanos() > nanos);
  }

  /** Its process id. */
  long pid() {
    return process.pid();
  }

  /** Ends it; those who wait for an answer get none. */
  @Override
  public void close() {
    process.destroyForcibly();
  }
}
