package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.process.MemoryScan;
import dev.strongroom.testkit.stage.PlaintextSearch;
import dev.strongroom.testkit.stage.Run;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Workload;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What stays behind. The memory of sidecar and key service, both with the collector that ships
 * ({@code -XX:+UseSerialGC}), is searched for the data key and every key derived from it, as bytes
 * and as 32-bit words: no more than {@link #DEADLINE} after READY, and after a wipe, none is found.
 */
class ResidueTest {
  private static final Duration DEADLINE = Duration.ofSeconds(10);
  private static final String MODEL = "acme/residue";
  private static final String CONTROL = "control.bin";
  private static final Pattern TOKEN = Pattern.compile("eyJ[\\w-]{8,}\\.[\\w-]{8,}\\.");

  private static OnStage on;
  private static Path model;
  private static Run published;

  @BeforeAll
  static void publish() {
    on = OnStage.open();
    model = SampleModel.write(on.path("residue"), Map.of(CONTROL, 4_096, "large.bin", 8 << 20));
    published = on.stage().publish(model, MODEL, "1").expect(0);
  }

  @AfterAll
  static void close() {
    if (on != null) {
      on.close();
    }
  }

  @Test
  void noKeyIsLeftInMemoryAfterDeliveryAndAfterTheWipe()
      throws IOException, GeneralSecurityException, InterruptedException {
    assumeRoot();
    KnownKeys known = knownKeys("memory");
    try (Workload workload = on.stage().workload("memory", Stage.INFERENCE, MODEL, "1");
        ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
      assertNoKeyIn("the sidecar after READY", sidecar, known);
      assertNoKeyIn("the key service after the grant", on.stage().keyService(), known);

      // With nobody to acknowledge to, the sidecar stays after its wipe and can be looked at.
      signal(on.stage().keyService(), "-STOP");
      try {
        sidecar.terminate();
        sidecar.awaitLine("\"event\":\"wiped\"", Await.LIMIT);
        assertNoKeyIn("the sidecar after the wipe", sidecar, known);
      } finally {
        signal(on.stage().keyService(), "-CONT");
      }
      assertEquals(0, sidecar.awaitExit(Await.LIMIT), () -> sidecar.output().toString());
      assertNoKeyIn("the key service after the wipe", on.stage().keyService(), known);
    }
  }

  @Test
  void noPlaintextIsOnDisk() throws IOException {
    PlaintextSearch search = PlaintextSearch.samplesOf(model);
    try (Workload workload = on.stage().workload("disk", Stage.INFERENCE, MODEL, "1");
        ChildProcess sidecar = workload.deliver(Await.LIMIT)) {
      assertTrue(search.in(workload.target()).found() > 300, "the search finds what is there");
      assertEquals(0, search.in(on.stage().folder()).found());
      sidecar.terminate();
      assertEquals(0, sidecar.awaitExit(Await.LIMIT));
      assertEquals(0, search.in(on.stage().folder()).found());
    }
  }

  @Test
  void noTokenSignatureOrKeyIsPrinted() throws IOException, GeneralSecurityException {
    KnownKeys known = knownKeys("printed");
    try (Workload workload = on.stage().workload("printed", Stage.INFERENCE, MODEL, "1");
        Workload stranger = on.stage().workload("denied", Stage.STRANGER, MODEL, "1");
        ChildProcess sidecar = workload.deliver(Await.LIMIT);
        ChildProcess denied = stranger.startSidecar()) {
      assertEquals(10, denied.awaitExit(Await.LIMIT));
      sidecar.terminate();
      assertEquals(0, sidecar.awaitExit(Await.LIMIT));
      List<String> lines = new ArrayList<>(published.output());
      lines.addAll(sidecar.output());
      lines.addAll(denied.output());
      lines.addAll(on.stage().keyService().output());
      lines.forEach(line -> assertNothingSecret(line, known));
    }
  }

  private static void assertNothingSecret(String line, KnownKeys known) {
    assertFalse(TOKEN.matcher(line).find(), line);
    assertFalse(line.contains("X-Amz-"), line);
    assertFalse(line.contains(on.stage().storage().secretKey()), line);
    known
        .keys()
        .forEach((name, key) -> {
          assertFalse(line.contains(HexFormat.of().formatHex(key)), name);
          assertFalse(
              line.contains(Base64.getEncoder().withoutPadding().encodeToString(key)), name);
          assertFalse(
              line.contains(Base64.getUrlEncoder().withoutPadding().encodeToString(key)), name);
        });
  }

  private static void assertNoKeyIn(String where, ChildProcess process, KnownKeys known)
      throws IOException {
    List<String> names = new ArrayList<>();
    List<byte[]> patterns = new ArrayList<>();
    known
        .keys()
        .forEach((name, key) -> {
          names.add(name);
          patterns.add(key);
          names.add(name + " as words");
          patterns.add(KnownKeys.asWords(key));
        });
    names.add("control");
    patterns.add(MODEL.getBytes(StandardCharsets.US_ASCII));
    long deadline = System.nanoTime() + DEADLINE.toNanos();
    List<String> found;
    do {
      MemoryScan.Result result = MemoryScan.of(process.pid(), patterns);
      found =
          result.hits().stream()
              .map(hit -> names.get(hit.pattern()) + " in " + hit.kind() + " memory")
              .toList();
      assertTrue(
          found.stream().anyMatch(hit -> hit.startsWith("control")), "the search finds " + MODEL);
      found = found.stream().filter(hit -> !hit.startsWith("control")).toList();
    } while (!found.isEmpty() && System.nanoTime() < deadline);
    assertEquals(List.of(), found, where);
  }

  private static KnownKeys knownKeys(String copy) throws IOException, GeneralSecurityException {
    return KnownKeys.of(
        on.stage(),
        on.path(copy),
        new ModelVersion(new ModelName(MODEL), new VersionId("1")),
        CONTROL,
        Files.readAllBytes(model.resolve(CONTROL)));
  }

  private static void assumeRoot() {
    boolean root = "root".equals(System.getProperty("user.name"));
    if (System.getenv("CI") == null) {
      Assumptions.assumeTrue(root, "reading another process's memory needs root");
    }
    assertTrue(root, "reading another process's memory needs root");
  }

  private static void signal(ChildProcess process, String signal)
      throws IOException, InterruptedException {
    assertEquals(
        0,
        new ProcessBuilder("kill", signal, Long.toString(process.pid()))
            .inheritIO()
            .start()
            .waitFor());
  }
}
