package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A process that commits grants until it is killed or the log fails, and says which were confirmed:
 * {@code granted LEASE} or {@code refused CODE}, a line each. Arguments: folder, seed, and the most
 * bytes that a file may have, or 0.
 */
final class CrashingWriter {
  private static final int THREADS = 16;

  private CrashingWriter() {}

  public static void main(String[] arguments) throws Exception {
    long seed = Long.parseLong(arguments[1]);
    long limit = Long.parseLong(arguments[2]);
    Fixture fixture = Fixture.open(Path.of(arguments[0]));
    fixture.ledger().commit(view -> new Events(seed).policy());
    if (limit > 0) {
      limitFiles(limit);
    }
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < THREADS; i++) {
        Events events = new Events(seed * THREADS + i);
        threads.execute(() -> commitUntilRefused(fixture.ledger(), events));
      }
    }
  }

  private static void limitFiles(long bytes) throws Exception {
    int code =
        new ProcessBuilder(
                "prlimit",
                "--fsize=" + bytes,
                "--pid",
                Long.toString(ProcessHandle.current().pid()))
            .inheritIO()
            .start()
            .waitFor();
    if (code != 0) {
      throw new IllegalStateException("prlimit ended with " + code);
    }
  }

  private static void commitUntilRefused(Ledger ledger, Events events) {
    for (int i = 0; i < 1_000_000; i++) {
      LogEvent.GrantIssued grant = events.grant("i|s", "pod-" + events.digest(), Events.CHAT);
      try {
        ledger.commit(view -> grant);
        say("granted " + grant.lease());
      } catch (Problem refused) {
        say("refused " + refused.code());
        return;
      }
    }
  }

  private static synchronized void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
