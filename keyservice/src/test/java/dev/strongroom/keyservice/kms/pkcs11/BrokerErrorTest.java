package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.strongroom.testkit.kms.SoftHsm;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.AbstractMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

/** An error of Java in the thread that keeps brokers. */
@Timeout(120)
class BrokerErrorTest {
  @TempDir Path folder;

  @Test
  void theNextBrokerIsStartedAfterAnError() {
    TokenStage.require(SoftHsm.missing());
    TokenStage stage = new TokenStage(SoftHsm.create(folder, "strongroom"));
    stage.make("kek", "AES");
    FailsAtFirst environment = new FailsAtFirst(stage.token().environment());
    ListAppender<ILoggingEvent> lines = new ListAppender<>();
    lines.start();
    Logger logger = (Logger) LoggerFactory.getLogger(Broker.class);
    logger.addAppender(lines);
    try (Pkcs11KeyWrapper wrapper =
        Pkcs11KeyWrapper.open(
            stage.config("kek"),
            new SecureRandom(),
            TokenStage.TIMING,
            new BrokerLauncher(environment))) {
      TokenStage.awaitHealed(wrapper);
      assertTrue(environment.asked.get() >= 2);
    } finally {
      logger.detachAppender(lines);
    }
    assertEquals(
        List.of("state=\"away\"", "why=\"its broker process does not start\"", "failures=\"1\""),
        lines.list.stream()
            .filter(line -> line.getMessage().equals("PKCS#11 token not open"))
            .flatMap(line -> line.getKeyValuePairs().stream())
            .map(KeyValuePair::toString)
            .toList());
  }

  @Test
  void aProcessThatCannotBeTakenOverIsEnded() {
    Unwatchable process = new Unwatchable();
    assertThrows(LinkageError.class, () -> BrokerConnection.to(process, () -> {}));
    assertTrue(process.destroyed.get());
  }

  /** An environment that cannot be read the first time. */
  private static final class FailsAtFirst extends AbstractMap<String, String> {
    private final Map<String, String> real;
    private final AtomicInteger asked = new AtomicInteger();

    private FailsAtFirst(Map<String, String> real) {
      this.real = real;
    }

    @Override
    public Set<Entry<String, String>> entrySet() {
      if (asked.incrementAndGet() == 1) {
        throw new LinkageError("a class is missing");
      }
      return real.entrySet();
    }
  }

  /** A process whose end cannot be waited for. */
  private static final class Unwatchable extends Process {
    private final AtomicBoolean destroyed = new AtomicBoolean();

    @Override
    public OutputStream getOutputStream() {
      return OutputStream.nullOutputStream();
    }

    @Override
    public InputStream getInputStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public InputStream getErrorStream() {
      return InputStream.nullInputStream();
    }

    @Override
    public CompletableFuture<Process> onExit() {
      throw new LinkageError("a class is missing");
    }

    @Override
    public boolean isAlive() {
      return !destroyed.get();
    }

    @Override
    public int waitFor() {
      return exitValue();
    }

    @Override
    public int exitValue() {
      assertEquals(true, destroyed.get());
      return 1;
    }

    @Override
    public void destroy() {
      destroyed.set(true);
    }

    @Override
    public Process destroyForcibly() {
      destroyed.set(true);
      return this;
    }
  }
}
