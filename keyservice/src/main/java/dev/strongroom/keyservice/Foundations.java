package dev.strongroom.keyservice;

import dev.strongroom.auditlog.AuditLog;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.keys.GrantKeyFile;
import dev.strongroom.keyservice.ledger.AppendingLedger;
import dev.strongroom.keyservice.ledger.LedgerLimits;
import dev.strongroom.keyservice.proof.NonceIssuer;
import dev.strongroom.keyservice.proof.NonceKeyFile;
import dev.strongroom.keyservice.store.Database;
import dev.strongroom.keyservice.store.NonceEpoch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Deque;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What everything else stands on: the folder, the log, the store, the ledger over both, and the
 * service's own keys.
 *
 * <p>Keys are made for a log without entries, which signed nothing that anybody could have pinned.
 */
record Foundations(
    AuditLog log,
    LogKeys logKeys,
    Database store,
    AppendingLedger ledger,
    SigningKey grantKey,
    NonceIssuer nonces) {
  private static final Logger LOG = LoggerFactory.getLogger(Foundations.class);

  /**
   * Opens all. Nothing is recorded yet: see {@link #recordStart}.
   *
   * @param opened gets what must be closed, in the order of opening
   * @throws Problem with the code of what is wrong
   */
  static Foundations lay(
      KeyServiceConfig config,
      InstantSource clock,
      SecureRandom random,
      Deque<AutoCloseable> opened) {
    Path keys = folder(folder(config.dataDir()).resolve("keys"));
    LogOpening opening =
        LogOpening.open(
            config.log(), keys, storeFile(config), config.origin().getAuthority() + "/log", clock);
    opened.push(opening.log());
    LOG.atInfo()
        .addKeyValue("entries", opening.log().size())
        .addKeyValue("replayed", opening.log().recovery().replayedEntries())
        .log("log open");
    Database store = Database.open(storeFile(config));
    opened.push(store);
    AppendingLedger ledger =
        AppendingLedger.open(
            opening.log(), store, LedgerLimits.DEFAULT.withLive(live(config.leases())));
    opened.push(ledger);
    SigningKey grantKey = GrantKeyFile.open(keys.resolve("grant.key"), opening.log().size() == 0);
    NonceIssuer nonces =
        new NonceIssuer(
            NonceKeyFile.readOrCreate(keys.resolve("nonce.key"), random),
            clock,
            random,
            config.nonce().lifetime());
    opened.push(nonces);
    return new Foundations(opening.log(), opening.keys(), store, ledger, grantKey, nonces);
  }

  private static LedgerLimits.Live live(KeyServiceConfig.LeasesConfig leases) {
    return new LedgerLimits.Live(
        leases.maxLive(), leases.maxLivePerSubject(), leases.maxLivePerSubjectAndVersion());
  }

  /**
   * Records that the service starts. It comes after everything that an operator may have got wrong
   * was read: a start that fails on it leaves no entry, and can be tried again.
   *
   * @throws Problem {@link ProblemCode#LOG_UNAVAILABLE}, {@link ProblemCode#STORE_UNAVAILABLE}
   */
  void recordStart(KeyServiceConfig config, InstantSource clock, SecureRandom random) {
    long epoch = NonceEpoch.atStart(storeFile(config), ledger.view().nonceEpoch(), random);
    LogEvent.ServiceStarted started =
        new LogEvent.ServiceStarted(
            clock.millis(),
            config.origin().toString(),
            epoch,
            List.of(grantKey.keyId().hex()),
            logKeys.verifierKeys().stream().map(Object::toString).toList());
    ledger.commit(view -> started);
  }

  private static Path storeFile(KeyServiceConfig config) {
    return config.dataDir().resolve("store.db");
  }

  /** The folder, made for its owner alone where it is not there. */
  static Path folder(Path path) {
    try {
      return Files.isDirectory(path)
          ? path
          : Files.createDirectories(
              path,
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "dataDir: the folder " + path + " can be neither used nor made",
          e);
    }
  }
}
