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
import org.jspecify.annotations.Nullable;

/**
 * One broker and the pipes to it, from its start to its end. A broker that ended or fell silent is
 * never used again. Thread-safe.
 */
final class BrokerConnection implements AutoCloseable {
  private final Process process;
  private final FrameWriter requests;
  private final Map<Long, Pending> pending = new ConcurrentHashMap<>();
  private final AtomicLong ids = new AtomicLong();
  private volatile boolean ended;

  private record Pending(CompletableFuture<Message> answer, long sentNanos) {}

  private BrokerConnection(Process process) {
    this.process = process;
    this.requests = new FrameWriter(process.getOutputStream());
  }

  /**
   * Takes over a process that has just started.
   *
   * @param atEnd called once, when it has ended
   */
  static BrokerConnection to(Process process, Runnable atEnd) {
    BrokerConnection connection = new BrokerConnection(process);
    Thread.ofPlatform()
        .name("pkcs11-answers")
        .daemon()
        .start(() -> {
          connection.read(new FrameReader(process.getInputStream()));
          atEnd.run();
        });
    return connection;
  }

  /**
   * Asks and waits.
   *
   * @param timeoutNanos how long
   * @throws BrokerLostException when there is no answer
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
      return answer.get(timeoutNanos, TimeUnit.NANOSECONDS);
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
    } catch (IOException | ExecutionException e) {
      pending.remove(id);
      throw new BrokerLostException("the broker has ended", false);
    }
  }

  private void send(Request request, Message message) throws IOException {
    switch (request) {
      case OPEN, WRAP -> requests.writePastBuffer(message); // a PIN, a data key
      case UNWRAP, STATUS, ROTATE -> requests.write(message);
    }
  }

  // Its place stays, so that it counts as unanswered until the broker answers it.
  private static @Nullable Message abandoned(CompletableFuture<Message> answer) {
    return answer.cancel(false) ? null : answer.getNow(null);
  }

  private void read(FrameReader answers) {
    try {
      for (Message answer = answers.next(); answer != null; answer = answers.next()) {
        Pending asked = pending.remove(answer.id());
        if (asked == null || !asked.answer().complete(answer)) {
          answer.wipe();
        }
      }
    } catch (IOException e) {
      // It ended, or wrote something else than frames: the same to those who wait.
    }
    process.destroyForcibly();
    ended = true;
    BrokerLostException gone = new BrokerLostException("the broker has ended", false);
    pending.values().forEach(each -> each.answer().completeExceptionally(gone));
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
