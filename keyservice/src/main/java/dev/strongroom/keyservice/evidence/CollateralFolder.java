package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The collateral of a folder, read at the start and again when a file there has changed; never on
 * the way of a grant. What cannot be read is logged, and what was read before stays: evidence is
 * judged by the dates in it, so that old collateral refuses and does not allow. Names that begin
 * with a dot are passed over.
 */
public final class CollateralFolder implements Supplier<Endorsements>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CollateralFolder.class);
  private static final int MAX_FILES = 64;
  private static final long MAX_BYTES = 4 << 20;

  private final Path folder;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("collateral").factory());
  private List<Entry> seen;
  private List<Entry> judged;
  private volatile Endorsements current;

  /** A file as a look finds it. */
  private record Entry(Path file, long size, Object key, long modified) {}

  /**
   * Reads the folder.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it, or a file in it, cannot be
   *     read
   */
  public CollateralFolder(Path folder) {
    this.folder = folder;
    this.seen = list();
    this.judged = seen;
    this.current = read(seen);
  }

  /** Looks at the folder from now on. */
  public void begin(Duration every) {
    ScheduledFuture<?> _ =
        timer.scheduleWithFixedDelay(
            this::lookAndTell, every.toMillis(), every.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public Endorsements get() {
    return current;
  }

  private void lookAndTell() {
    try {
      if (look()) {
        LOG.atInfo()
            .addKeyValue("certificates", current.certificates().size())
            .addKeyValue("revocationLists", current.crls().size())
            .addKeyValue("documents", current.documents().size())
            .log("collateral read");
      }
    } catch (Problem e) {
      LOG.atError()
          .addKeyValue("code", e.code().wireName())
          .log("the collateral stays as it was: {}", e.getMessage());
    } catch (RuntimeException e) {
      // Thrown on, it would end the timer.
      LOG.atError().setCause(e).log("the collateral stays as it was");
    }
  }

  /**
   * Takes up what two looks in a row find alike: a file may be half written.
   *
   * @return whether something new was read
   * @throws Problem as the constructor; a fault is reported once
   */
  synchronized boolean look() {
    List<Entry> found = list();
    boolean settled = found.equals(seen);
    seen = found;
    if (!settled || found.equals(judged)) {
      return false;
    }
    judged = found;
    current = read(found);
    return true;
  }

  private List<Entry> list() {
    try (Stream<Path> files = Files.list(folder)) {
      List<Entry> entries = new ArrayList<>();
      for (Path file : files.filter(CollateralFolder::counts).sorted().toList()) {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        entries.add(
            new Entry(
                file,
                attributes.size(),
                String.valueOf(attributes.fileKey()),
                attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS)));
      }
      return entries;
    } catch (IOException e) {
      throw invalid("the folder " + folder + " cannot be read", e);
    }
  }

  // A name with a dot in front is of a file that is being written, or that nobody finished.
  private static boolean counts(Path file) {
    return !file.getFileName().toString().startsWith(".") && Files.isRegularFile(file);
  }

  private Endorsements read(List<Entry> entries) {
    if (entries.size() > MAX_FILES) {
      throw invalid("the folder " + folder + " has more than " + MAX_FILES + " files", null);
    }
    Endorsements all = Endorsements.NONE;
    for (Entry entry : entries) {
      all = all.and(read(entry));
    }
    return all;
  }

  private static Endorsements read(Entry entry) {
    if (entry.size() > MAX_BYTES) {
      throw invalid(entry.file() + " has more than " + MAX_BYTES + " bytes", null);
    }
    try {
      return Endorsements.parse(List.of(Files.readAllBytes(entry.file())));
    } catch (IOException e) {
      throw invalid(entry.file() + " cannot be read", e);
    } catch (AttestationException e) {
      throw invalid(entry.file() + ": " + e.getMessage(), e);
    }
  }

  private static Problem invalid(String message, @Nullable Exception e) {
    return new Problem(ProblemCode.CONFIGURATION_INVALID, "attestation.collateral: " + message, e);
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
