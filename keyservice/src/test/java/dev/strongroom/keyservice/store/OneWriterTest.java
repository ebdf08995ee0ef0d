package dev.strongroom.keyservice.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import org.jdbi.v3.core.Jdbi;
import org.jdbi.v3.core.JdbiException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OneWriterTest {
  private static final int WRITERS = 40;

  @TempDir Path folder;
  private Database store;
  private Jdbi jdbi;

  @BeforeEach
  void open() {
    store = Database.open(folder.resolve("store.db"));
    jdbi = store.jdbi();
    jdbi.useHandle(on -> on.execute("CREATE TABLE seen (n INTEGER)"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private int seen() {
    return jdbi.withHandle(
        on -> on.createQuery("SELECT count(*) FROM seen").mapTo(Integer.class).one());
  }

  @Test
  void noVirtualThreadWaitsInsideTheStore() {
    Thread writer = jdbi.inTransaction(on -> Thread.currentThread());
    assertFalse(writer.isVirtual());
    assertSame(writer, jdbi.inTransaction(on -> Thread.currentThread()));
  }

  @Test
  void manyWritersAllWriteWithoutEverMeeting() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Integer>> running = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        running.add(
            threads.submit(
                () -> jdbi.inTransaction(on -> on.execute("INSERT INTO seen VALUES (1)"))));
      }
      for (Future<Integer> each : running) {
        assertEquals(1, each.get());
      }
    }
    assertEquals(WRITERS, seen());
  }

  @Test
  void whoWaitsForItsTurnKeepsNoConnectionFromThoseWhoRead() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    List<FutureTask<Integer>> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(
          new FutureTask<>(() ->
              Transactions.run(
                  jdbi,
                  on -> {
                    writing.countDown();
                    go.await();
                    return on.execute("INSERT INTO seen VALUES (1)");
                  })));
    }
    List<Thread> threads = writers.stream().map(each -> Thread.ofPlatform().start(each)).toList();
    try {
      writing.await();
      while (threads.stream().filter(OneWriterTest::isWaiting).count() < WRITERS) {
        Thread.onSpinWait();
      }
      assertEquals(0, seen());
    } finally {
      go.countDown();
    }
    for (FutureTask<Integer> each : writers) {
      assertEquals(1, each.get());
    }
    assertEquals(WRITERS, seen());
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.WAITING
        || thread.getState() == Thread.State.TIMED_WAITING;
  }

  @Test
  void aTransactionWithinATransactionHasTheTurnAlready() {
    int rows =
        Transactions.run(
            jdbi,
            on -> jdbi.inTransaction(again -> again.execute("INSERT INTO seen VALUES (1), (2)")));
    assertEquals(2, rows);
  }

  @Test
  void onlyWhoIsPatientWaitsAsLongAsTheStoreIsWrittenAnew() throws Exception {
    OneWriter one = OneWriter.waiting(Duration.ofMillis(1));
    CountDownLatch anew = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    FutureTask<Boolean> scrub =
        new FutureTask<>(
            () ->
                one.anew(() -> {
                  anew.countDown();
                  awaitQuietly(end);
                }),
            true);
    Thread.ofVirtual().start(scrub);
    anew.await();
    Problem refused =
        assertThrows(Problem.class, () -> one.inTurn(OneWriter.Patience.USUAL, () -> 1));
    assertEquals(ProblemCode.STORE_UNAVAILABLE, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains("written anew"));
    FutureTask<Integer> patient =
        new FutureTask<>(
            () -> one.inTurn(OneWriter.Patience.AS_LONG_AS_IT_IS_WRITTEN_ANEW, () -> 1));
    Thread waits = Thread.ofPlatform().start(patient);
    // Long after its usual patience has ended.
    assertThrows(Problem.class, () -> one.inTurn(OneWriter.Patience.USUAL, () -> 1));
    assertThrows(Problem.class, () -> one.inTurn(OneWriter.Patience.USUAL, () -> 1));
    assertFalse(waits.getState() == Thread.State.TERMINATED, "it gave up");
    end.countDown();
    assertEquals(1, patient.get());
    assertTrue(scrub.get());
    one.close();
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whoeverPatientlyWaitsForOrdinaryWritersGivesUp() throws Exception {
    OneWriter one = OneWriter.waiting(Duration.ofMillis(1));
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    FutureTask<Integer> first =
        new FutureTask<>(() ->
            one.inTurn(
                OneWriter.Patience.USUAL,
                () -> {
                  writing.countDown();
                  awaitQuietly(end);
                  return 1;
                }));
    Thread.ofVirtual().start(first);
    writing.await();
    assertThrows(
        JdbiException.class,
        () -> one.inTurn(OneWriter.Patience.AS_LONG_AS_IT_IS_WRITTEN_ANEW, () -> 1));
    end.countDown();
    assertEquals(1, first.get());
    one.close();
  }

  @Test
  void whoReadsWaitsForNobodyAndSeesWhatWasCommitted() {
    jdbi.useTransaction(on -> {
      on.execute("INSERT INTO seen VALUES (1)");
      assertEquals(0, CompletableFuture.supplyAsync(this::seen).join());
    });
    assertEquals(1, seen());
  }

  @Test
  void whatATransactionThrowsIsThrownAndUndoesIt() {
    IOException thrown = new IOException("as it is");
    IOException caught =
        assertThrows(
            IOException.class,
            () ->
                jdbi.useTransaction(on -> {
                  on.execute("INSERT INTO seen VALUES (1)");
                  throw thrown;
                }));
    assertSame(thrown, caught);
    assertEquals(0, seen());
    assertThrows(
        AssertionError.class,
        () ->
            jdbi.useTransaction(on -> {
              throw new AssertionError("an error too");
            }));
    assertEquals(
        1, jdbi.<Integer, RuntimeException>inTransaction(on -> 1), "the next has its turn");
  }

  @Test
  void whoIsInterruptedBeforeItsTurnDoesNotWrite() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    FutureTask<Boolean> first =
        new FutureTask<>(() ->
            jdbi.inTransaction(on -> {
              writing.countDown();
              go.await();
              return true;
            }));
    Thread.ofVirtual().start(first);
    writing.await();
    FutureTask<Integer> second =
        new FutureTask<>(() -> jdbi.inTransaction(on -> on.execute("INSERT INTO seen VALUES (1)")));
    Thread thread = Thread.ofPlatform().start(second);
    thread.interrupt();
    try {
      ExecutionException end = assertThrows(ExecutionException.class, second::get);
      assertTrue(end.getCause() instanceof JdbiException, () -> end.toString());
    } finally {
      go.countDown();
    }
    assertTrue(first.get());
    assertEquals(0, seen());
  }

  @Test
  void aTransactionThatHasBegunIsWaitedForByWhoIsInterrupted() throws Exception {
    CountDownLatch writing = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    FutureTask<Boolean> interrupted =
        new FutureTask<>(() -> {
          jdbi.useTransaction(on -> {
            on.execute("INSERT INTO seen VALUES (1)");
            writing.countDown();
            go.await();
          });
          return Thread.currentThread().isInterrupted();
        });
    Thread thread = Thread.ofPlatform().start(interrupted);
    writing.await();
    thread.interrupt();
    go.countDown();
    assertTrue(interrupted.get(), "the interruption is kept");
    assertEquals(1, seen());
  }
}
