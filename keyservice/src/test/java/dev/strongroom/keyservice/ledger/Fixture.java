package dev.strongroom.keyservice.ledger;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.AuditLogConfig;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.keyservice.store.Database;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.UnaryOperator;

/** A real log, a real store and the ledger over both, in one folder. */
public final class Fixture implements AutoCloseable {
  public static final String ORIGIN = "log.example.org/test";

  /** Short intervals, so that tests do not wait. */
  public static final LedgerLimits LIMITS =
      new LedgerLimits(
          Duration.ofMinutes(2),
          Duration.ofDays(1),
          LedgerLimits.Live.DEFAULT,
          65_536,
          Duration.ofMillis(5),
          Duration.ofMillis(5));

  private final Path folder;
  private final AuditLog log;
  private final Database store;
  private final AppendingLedger ledger;

  private Fixture(Path folder, AuditLog log, Database store, AppendingLedger ledger) {
    this.folder = folder;
    this.log = log;
    this.store = store;
    this.ledger = ledger;
  }

  public static Fixture open(Path folder) {
    return open(folder, LIMITS, UnaryOperator.identity());
  }

  public static Fixture open(
      Path folder, LedgerLimits limits, UnaryOperator<AuditLogConfig> logConfig) {
    AuditLog log =
        AuditLog.open(
            logConfig.apply(AuditLogConfig.of(folder.resolve("log"))),
            keys(folder),
            InstantSource.system());
    Database store = Database.open(folder.resolve("store.db"));
    return new Fixture(folder, log, store, AppendingLedger.open(log, store, limits));
  }

  private static LogKeys keys(Path folder) {
    Path ed25519 = folder.resolve("ed25519.key");
    Path mlDsa = folder.resolve("mldsa.key");
    return Files.exists(ed25519)
        ? LogKeys.load(ed25519, mlDsa)
        : LogKeys.generate(ed25519, mlDsa, ORIGIN);
  }

  public AppendingLedger ledger() {
    return ledger;
  }

  public AuditLog log() {
    return log;
  }

  public Database store() {
    return store;
  }

  public Path folder() {
    return folder;
  }

  @Override
  public void close() {
    ledger.close();
    log.close();
    store.close();
  }
}
