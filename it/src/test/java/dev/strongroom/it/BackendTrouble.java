package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.it.GrantAskers.Answered;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.StageKek;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Assumptions;

/**
 * A key service whose KEK is in a backend that gets into trouble while eight clients ask for grants
 * without pause, and what must hold of every answer. How long it took to heal, and how many were
 * refused, is printed and not judged: that is a matter of the machine and of {@code restFor}.
 */
final class BackendTrouble implements AutoCloseable {
  static final String MODEL = "acme/troubled";
  private static final int CLIENTS = 8;
  private static final int SOME = 2 * CLIENTS;
  private static final Set<String> TROUBLE =
      Set.of(
          ProblemCode.KEY_BACKEND_UNAVAILABLE.wireName(),
          ProblemCode.KEY_BACKEND_THROTTLED.wireName());

  private final OnStage on;
  private final String backend;
  private final Management management;
  private final GrantAskers askers;

  private BackendTrouble(OnStage on, String backend) throws IOException {
    this.on = on;
    this.backend = backend;
    this.management = new Management(on.stage());
    this.askers = new GrantAskers(on, MODEL + ":1", CLIENTS);
  }

  /** Skips, or fails under CI, when something is missing. */
  static void require(Optional<String> missing) {
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
  }

  /** A stage with its KEK there. Leases outlive the test, so that they can be counted. */
  static OnStage stage(StageKek kek) {
    OnStage on = OnStage.open(Stage.Settings.USUAL.leases(3000).kek(kek));
    on.publish(SampleModel.small(on.path("troubled")), MODEL, "1");
    return on;
  }

  /** Begins to ask. */
  static BackendTrouble on(OnStage stage, String backend) throws IOException {
    return new BackendTrouble(stage, backend);
  }

  GrantAskers askers() {
    return askers;
  }

  /** The backend answers nobody: every new request is refused until it is back. */
  void away(String what, Runnable make, Runnable end) {
    through(what, make, end, this::refusedAndNotReady);
  }

  private void refusedAndNotReady() {
    askers.await("refused", SOME, answer -> !answer.granted());
    JsonNode report =
        Await.until(
            Await.LIMIT,
            "readyz to name the backend",
            () -> Optional.of(management.ready()).filter(each -> !each.path("ready").asBoolean()));
    assertEquals("failed", report.at("/checks/keyBackend." + backend).asText(), report::toString);
    String code = report.at("/reasons/keyBackend." + backend + "/code").asText();
    assertTrue(TROUBLE.contains(code), report::toString);
    assertEquals(1, report.path("reasons").size(), "nothing else is called away: " + report);
    if (code.equals(ProblemCode.KEY_BACKEND_UNAVAILABLE.wireName())) {
      Await.untilTrue(Await.LIMIT, "the metric of a backend that rests", () -> resting() == 1);
    }
    assertTrue(
        management.metric("strongroom_kek_faults_total", "code=\"" + code + "\"") > 0
            && management.metric("strongroom_grants_total", "outcome=\"unavailable\"") > 0,
        "the metrics of the guide count it");
  }

  private double resting() {
    return management.metric("strongroom_kek_resting", "backend=\"" + backend + "\"");
  }

  /** Some requests are refused and some granted while it lasts. */
  void partly(String what, Runnable make, Runnable end) {
    through(
        what,
        make,
        end,
        () -> {
          askers.await("refused", 1, answer -> !answer.granted());
          askers.await("granted", SOME, Answered::granted);
        });
  }

  /** A moment that may be over before anybody is refused. */
  void moment(String what, Runnable make) {
    through(what, make, () -> {}, () -> {});
  }

  private void through(String what, Runnable make, Runnable end, Runnable meanwhile) {
    askers.await("granted", SOME, Answered::granted);
    int before = askers.answers().size();
    make.run();
    meanwhile.run();
    end.run();
    long back = System.nanoTime();
    askers.await("granted", SOME, Answered::granted);
    Await.untilTrue(
        Await.LIMIT, "readyz to be well", () -> management.ready().path("ready").asBoolean());
    tell(what, before, back);
  }

  private void tell(String what, int before, long back) {
    List<Answered> all = askers.answers();
    List<Answered> during = all.subList(before, all.size());
    Map<String, Long> counted =
        during.stream()
            .collect(
                Collectors.groupingBy(
                    each -> each.granted() ? "granted" : each.code() + "+" + each.retryAfter(),
                    TreeMap::new,
                    Collectors.counting()));
    long first =
        during.stream()
            .filter(each -> each.granted() && each.sent() - back >= 0)
            .mapToLong(each -> each.answered() - back)
            .min()
            .orElseThrow();
    long last =
        during.stream()
            .filter(each -> !each.granted())
            .mapToLong(each -> each.answered() - back)
            .max()
            .orElse(0);
    long slowest = during.stream().mapToLong(each -> each.answered() - each.sent()).max().orElse(0);
    System.out.printf(
        "%s, %s: %s; first grant %d ms after it is back, last refusal %d ms, slowest answer %d ms%n",
        backend,
        what,
        counted,
        first / 1_000_000,
        Math.max(0, last / 1_000_000),
        slowest / 1_000_000);
  }

  /** What must hold of every answer there was, and of the log. Ends the asking. */
  void assertEveryAnswer() {
    askers.close();
    List<Answered> answers = askers.answers();
    for (Answered each : answers) {
      if (!each.granted()) {
        assertEquals(503, each.status(), each::toString);
        assertEquals("application/problem+json", each.mediaType(), each::toString);
        assertTrue(TROUBLE.contains(each.code()), each::toString);
        assertTrue(each.retryAfter().matches("[1-9][0-9]?"), each::toString);
      }
    }
    Set<String> granted = keysOf(answers, true);
    Set<String> refused = keysOf(answers, false);
    assertTrue(!granted.isEmpty() && !refused.isEmpty(), "there were both");
    Set<String> logged =
        Await.until(Await.LIMIT, "the last grant in the log", () -> logged(granted));
    Set<String> both = new HashSet<>(logged);
    both.retainAll(refused);
    assertEquals(Set.of(), both, "who was refused has no entry");
    assertEquals(
        logged.size(),
        management.metric("strongroom_leases_live"),
        "each lease has its grant, and nothing else made one");
    System.out.println(
        backend
            + ": "
            + answers.size()
            + " requests, each answered; "
            + refused.size()
            + " refused");
  }

  // What is durable is published a moment later.
  private Optional<Set<String>> logged(Set<String> granted) {
    Set<String> logged = new HashSet<>();
    for (LogEvent event : on.events()) {
      switch (event) {
        case LogEvent.GrantIssued issued -> assertTrue(logged.add(issued.jkt()), issued::toString);
        case LogEvent.RequestDenied denied -> throw new AssertionError("recorded as no: " + denied);
        default -> {}
      }
    }
    return logged.containsAll(granted) ? Optional.of(logged) : Optional.empty();
  }

  private static Set<String> keysOf(List<Answered> answers, boolean granted) {
    return answers.stream()
        .filter(each -> each.granted() == granted)
        .map(Answered::jkt)
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    try {
      askers.close();
    } finally {
      management.close();
    }
  }
}
