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
 * @param isNew whether this is the first start: only then keys are made
 */
record Foundations(
    AuditLog log,
    LogKeys logKeys,
    Database store,
    AppendingLedger ledger,
    SigningKey grantKey,
    NonceIssuer nonces,
    boolean isNew) {
  private static final Logger LOG = LoggerFactory.getLogger(Foundations.class);

  /**
   * Opens all, and records that the service starts.
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
    Path storeFile = config.dataDir().resolve("store.db");
    LogOpening opening =
        LogOpening.open(config.log(), keys, config.origin().getAuthority() + "/log", clock);
    opened.push(opening.log());
    LOG.atInfo()
        .addKeyValue("entries", opening.log().size())
        .addKeyValue("replayed", opening.log().recovery().replayedEntries())
        .log("log open");
    Database store = Database.open(storeFile);
    opened.push(store);
    AppendingLedger ledger =
        AppendingLedger.open(
            opening.log(), store, LedgerLimits.DEFAULT.withMaxLive(config.leases().maxLive()));
    opened.push(ledger);
    boolean isNew = opening.log().size() == 0;
    SigningKey grantKey = GrantKeyFile.open(keys.resolve("grant.key"), isNew);
    NonceIssuer nonces =
        new NonceIssuer(
            NonceKeyFile.readOrCreate(keys.resolve("nonce.key"), random),
            clock,
            random,
            config.nonce().lifetime());
    opened.push(nonces);
    long epoch = NonceEpoch.atStart(storeFile, ledger.view().nonceEpoch(), random);
    LogEvent.ServiceStarted started =
        new LogEvent.ServiceStarted(
            clock.millis(),
            config.origin().toString(),
            epoch,
            List.of(grantKey.keyId().hex()),
            opening.keys().verifierKeys().stream().map(Object::toString).toList());
    ledger.commit(view -> started);
    return new Foundations(opening.log(), opening.keys(), store, ledger, grantKey, nonces, isNew);
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
