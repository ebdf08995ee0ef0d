package dev.strongroom.demo;

import dev.strongroom.testkit.process.ChildJvm;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.PlaintextSearch;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The story of one model, told with real processes: published encrypted, delivered to a permitted
 * workload, served, refused to another, refused when changed, revoked, wiped, and the log verified.
 */
public final class DemoMain {
  private static final String MODEL = "acme/all-minilm-l6-v2";
  private static final String VERSION = "1";
  private static final Duration LIMIT = Duration.ofSeconds(90);
  private static final Pattern LEASE = Pattern.compile("lease-[0-9a-f]{32}");
  private static final Pattern EXPLANATION = Pattern.compile("why-[0-9a-f]{32}");

  private final Narrator narrator = new Narrator(System.out);
  private final Stage stage;
  private final Path plaintext;
  private @Nullable ChildProcess sidecar;
  private @Nullable ChildProcess consumer;
  private String lease = "";
  private String explanation = "";

  private DemoMain(Stage stage, Path plaintext) {
    this.stage = stage;
    this.plaintext = plaintext;
  }

  /**
   * @param arguments the packaged {@code strongroom} folder
   */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("strongroom-demo-");
    System.out.println("Strongroom, end to end. Files of this run: " + folder);
    Path plaintext = folder.resolve("all-minilm-l6-v2");
    DemoModel.unpack(plaintext);
    // An interrupted run leaves nothing behind either.
    Runtime.getRuntime().addShutdownHook(new Thread(() -> Trees.remove(folder)));
    try (Stage stage =
        Stage.open(Path.of(arguments[0]), folder.resolve("stage"), Stage.Settings.USUAL)) {
      System.out.println("Object store and key service are running: " + stage.origin());
      new DemoMain(stage, plaintext).tell();
    }
  }

  private void tell() throws Exception {
    try (Workload allowed = stage.workload("inference", Stage.INFERENCE, MODEL, VERSION);
        Workload stranger = stage.workload("stranger", Stage.STRANGER, MODEL, VERSION);
        Workload victim = stage.workload("victim", Stage.INFERENCE, MODEL, VERSION)) {
      narrator.step("Publish a real model (91 MB), encrypted and signed", this::publish);
      narrator.step("A permitted workload gets it into memory", () -> deliver(allowed));
      narrator.step("ONNX Runtime loads it and answers", () -> serve(allowed));
      narrator.step("A workload of another identity is denied", () -> deny(stranger));
      narrator.step("The operator reads why", this::explain);
      narrator.step(
          "One flipped byte in storage is refused before READY", () -> refuseChange(victim));
      narrator.step("Revoke: the consumer is stopped, the files are gone", () -> revoke(allowed));
      narrator.step("The acknowledgement is in the log", this::readLog);
      narrator.step("The log verifies offline, from a copy", this::verifyLog);
      narrator.step("What is in storage contains no plaintext", this::searchStorage);
    }
    narrator.summary();
  }

  private void publish() {
    narrator.command(
        "strongroom publish all-minilm-l6-v2 --model "
            + MODEL
            + " --version "
            + VERSION
            + " --key publisher.pem");
    say(stage.publish(plaintext, MODEL, VERSION).expect(0), 4);
  }

  private void deliver(Workload workload) throws IOException {
    workload.with("\"consumer\": {\"pidFile\": \"" + workload.pidFile() + "\"}");
    narrator.command("strongroom-sidecar --config agent.json");
    sidecar = workload.deliver(LIMIT);
    String granted = sidecar.awaitLine("\"event\":\"granted\"", LIMIT);
    narrator.say(granted);
    narrator.say(sidecar.awaitLine("\"event\":\"ready\"", LIMIT));
    lease = find(LEASE, granted);
    try (var files = Files.list(workload.target())) {
      narrator.say("files: " + files.map(file -> file.getFileName().toString()).sorted().toList());
    }
  }

  private void serve(Workload workload) {
    consumer =
        ChildJvm.start(
            SimilarityConsumer.class, workload.target().toString(), workload.pidFile().toString());
    consumer.awaitLine("serving", LIMIT);
    consumer.output().stream()
        .filter(line -> !line.startsWith("WARNING") && !line.startsWith("SLF4J"))
        .forEach(narrator::say);
  }

  private void deny(Workload workload) {
    narrator.command("strongroom-sidecar --config stranger.json");
    ChildProcess refused = workload.startSidecar();
    require(refused.awaitExit(LIMIT) == 10, "a denied sidecar ends with 10", refused);
    String failed = refused.awaitLine("\"event\":\"failed\"", LIMIT);
    narrator.say(failed);
    explanation = find(EXPLANATION, failed);
    require(Files.notExists(workload.target()), "a denied workload sees no model", refused);
  }

  private void explain() {
    narrator.command("strongroom grant explain " + explanation);
    say(stage.strongroom(Stage.OPERATOR, "grant", "explain", explanation).expect(0), 30);
  }

  private void refuseChange(Workload workload) throws IOException {
    try (FlippedByte flipped = FlippedByte.inLargestFileOf(stage.objects())) {
      narrator.say("flipped one bit at byte " + flipped.position() + " of an object");
      ChildProcess refused = workload.startSidecar();
      require(refused.awaitExit(LIMIT) == 11, "a changed object ends with 11", refused);
      narrator.say(refused.awaitLine("\"event\":\"failed\"", LIMIT));
      require(Files.notExists(workload.target()), "no changed model appears", refused);
    }
  }

  private void revoke(Workload workload) {
    narrator.command("strongroom revoke --lease " + lease + " --reason 'end of the demo'");
    say(
        stage
            .strongroom(Stage.OPERATOR, "revoke", "--lease", lease, "--reason", "end of the demo")
            .expect(0),
        6);
    ChildProcess agent = started(sidecar);
    for (String event : List.of("lease-over", "consumer-stopped", "wiped", "acknowledged")) {
      narrator.say(agent.awaitLine("\"event\":\"" + event + "\"", LIMIT));
    }
    require(agent.awaitExit(LIMIT) == 0, "a sidecar that wiped ends with 0", agent);
    require(Files.notExists(workload.target()), "the files are gone", agent);
    started(consumer).awaitExit(LIMIT);
  }

  private void readLog() {
    narrator.command("strongroom audit show");
    Run shown = stage.strongroom(Stage.OPERATOR, "audit", "show", stage.log().toString()).expect(0);
    List<String> wiped =
        shown.output().stream()
            .filter(line -> line.contains("lease.wiped") && line.contains(lease))
            .toList();
    wiped.forEach(narrator::say);
    if (wiped.isEmpty()) {
      throw new AssertionError("the log has no lease.wiped of " + lease + ":\n" + shown.text());
    }
  }

  private void verifyLog() throws IOException {
    Path copy = Trees.copy(stage.log(), stage.folder().resolve("copy-of-the-log"));
    narrator.command("strongroom audit verify copy-of-the-log --trust trust-bundle.json");
    say(
        stage
            .strongroom(
                Stage.OPERATOR,
                "audit",
                "verify",
                copy.toString(),
                "--trust",
                stage.trustBundle().toString())
            .expect(0),
        6);
  }

  private void searchStorage() throws IOException {
    PlaintextSearch search = PlaintextSearch.samplesOf(plaintext);
    PlaintextSearch.Result result = search.in(stage.objects());
    narrator.say(
        result.bytes()
            + " bytes in "
            + result.files()
            + " files searched for "
            + search.size()
            + " samples of the model: "
            + result.found()
            + " found");
    if (result.found() != 0 || result.bytes() < 90_000_000) {
      throw new AssertionError("plaintext is in storage, or the objects are not there");
    }
  }

  private void say(Run run, int lines) {
    List<String> shown = run.output().stream().filter(line -> !line.isBlank()).toList();
    shown.subList(Math.max(0, shown.size() - lines), shown.size()).forEach(narrator::say);
  }

  private static ChildProcess started(@Nullable ChildProcess process) {
    if (process == null) {
      throw new AssertionError("the step before did not start its process");
    }
    return process;
  }

  private static String find(Pattern pattern, String line) {
    Matcher matcher = pattern.matcher(line);
    if (!matcher.find()) {
      throw new AssertionError("no " + pattern + " in: " + line);
    }
    return matcher.group();
  }

  private static void require(boolean condition, String what, ChildProcess process) {
    if (!condition) {
      throw new AssertionError(what + "; it printed:\n" + String.join("\n", process.output()));
    }
  }
}
