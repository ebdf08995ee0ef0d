package dev.strongroom.it;

import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.stage.Stage;
import dev.strongroom.testkit.stage.Trees;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A stage in a temporary folder of its own, and a look into its log. */
final class OnStage implements AutoCloseable {
  static final String INFERENCE_SUBJECT = Stage.ISSUER + "|" + Stage.INFERENCE;

  private static final Pattern LEASE = Pattern.compile("lease-[0-9a-f]{32}");

  private final Path folder;
  private final Stage stage;

  private OnStage(Path folder, Stage stage) {
    this.folder = folder;
    this.stage = stage;
  }

  static OnStage open() {
    return open(Stage.Settings.USUAL);
  }

  static OnStage open(Stage.Settings settings) {
    Path folder;
    try {
      folder = Files.createTempDirectory("strongroom-it-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    try {
      return new OnStage(
          folder, Stage.open(Checkout.distribution(), folder.resolve("stage"), settings));
    } catch (RuntimeException | Error e) {
      Trees.remove(folder);
      throw e;
    }
  }

  Stage stage() {
    return stage;
  }

  /** A path in the temporary folder; nothing is there yet. */
  Path path(String name) {
    return folder.resolve(name);
  }

  /** Publishes a directory, which must succeed. */
  void publish(Path directory, String model, String version) {
    stage.publish(directory, model, version).expect(0);
  }

  /** Replaces a piece of a file of the stage; the piece must be there. */
  void edit(Path file, String piece, String replacement) {
    try {
      String text = Files.readString(file);
      if (!text.contains(piece)) {
        throw new AssertionError(file + " does not hold: " + piece);
      }
      Files.writeString(file, text.replace(piece, replacement));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path policy() {
    return stage.folder().resolve("policy.yaml");
  }

  void restartKeyService() {
    stage.stopKeyService();
    stage.startKeyService();
  }

  LogTrust logTrust() {
    return TrustFile.logTrust(trust());
  }

  TrustBundle trust() {
    return TrustFile.read(stage.trustBundle());
  }

  LogReader log() {
    return LogReader.open(stage.log(), logTrust(), InstantSource.system());
  }

  /** Every event of the published log, in order. */
  List<LogEvent> events() {
    List<LogEvent> events = new ArrayList<>();
    log().forEachEntry(0, (index, leaf) -> events.add(EventCodec.read(leaf)));
    return events;
  }

  /** The first event of this kind that fits, as soon as the log has it. */
  <T extends LogEvent> T awaitEvent(Class<T> kind, Duration limit, Predicate<T> fits) {
    return Await.until(limit, "an event " + kind.getSimpleName(), () -> event(kind, fits));
  }

  <T extends LogEvent> Optional<T> event(Class<T> kind, Predicate<T> fits) {
    return events().stream().filter(kind::isInstance).map(kind::cast).filter(fits).findFirst();
  }

  /** The lease that an agent told of. */
  static String lease(ChildProcess agent) {
    return find(LEASE, agent.awaitLine("\"event\":\"granted\"", Await.LIMIT));
  }

  /** The first match of a pattern in a text, which must be there. */
  static String find(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("no " + pattern + " in: " + text);
    }
    return matcher.group();
  }

  @Override
  public void close() {
    try {
      stage.close();
    } finally {
      Trees.remove(folder);
    }
  }
}
