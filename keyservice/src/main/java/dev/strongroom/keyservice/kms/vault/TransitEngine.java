package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.files.AuthorityFile;
import dev.strongroom.keyservice.kms.KeyRight;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One key of a transit engine. Before the first use, after each login and every few minutes it asks
 * whether the key is still one that binds contexts and stays in Vault, and uses it only then. A
 * call that Vault refuses with 403 is repeated with another token when the token was dead.
 */
final class TransitEngine implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TransitEngine.class);
  private static final Duration LOOK_AGAIN = Duration.ofMinutes(5);
  private static final int MOST_TOKENS = 4;
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;
  private static final int FORBIDDEN = 403;
  private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);

  /** What was found at the last look: with which login, and until when that counts. */
  private record Look(long login, Instant until) {}

  private final KekConfig.Vault config;
  private final String kek;
  private final InstantSource clock;
  private final VaultClient client;
  private final VaultSession session;
  private final ReentrantLock looking = new ReentrantLock();
  private volatile Look look = new Look(0, Instant.MIN);

  TransitEngine(KekConfig.Vault config, InstantSource clock) {
    this.config = config;
    this.kek = config.mount() + "/" + config.key();
    this.clock = clock;
    this.client = new VaultClient(config, trust(config));
    this.session =
        new VaultSession(
            new VaultLogin(config, client),
            clock,
            config.limits().attemptTimeout().plus(config.limits().attemptTimeout()));
  }

  /** The mount and the key, as messages and stored rows name it. */
  String kek() {
    return kek;
  }

  /**
   * Calls {@code MOUNT/OPERATION/KEY}; the caller closes the reply.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE}; {@link ProblemCode#KEK_UNUSABLE}
   *     when the key is not sound
   */
  VaultReply call(String operation, TransitRequest request) {
    Deadline deadline = Deadline.in(config.limits().attemptTimeout());
    requireSound(deadline);
    String path = config.mount() + "/" + operation + "/" + config.key();
    return healed(path, deadline, token -> client.post(path, request.body(), token, deadline));
  }

  /**
   * The key as it is now.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE}; {@link ProblemCode#KEK_UNUSABLE}
   *     when it is not sound
   */
  TransitKey key() {
    return key(Deadline.in(config.limits().attemptTimeout()));
  }

  private TransitKey key(Deadline deadline) {
    String path = config.mount() + "/keys/" + config.key();
    try (VaultReply reply = healed(path, deadline, token -> client.get(path, token, deadline))) {
      if (reply.status() != OK) {
        throw VaultRefusals.ofCall(reply, kek);
      }
      TransitKey key = TransitKey.of(reply.object("data"));
      key.requireSound(kek);
      return key;
    }
  }

  /**
   * Makes a new version, where the policy of the token allows it.
   *
   * @throws Problem {@link ProblemCode#KEK_ROTATION_UNSUPPORTED} that names Vault's own command,
   *     where it does not
   */
  void rotate() {
    Deadline deadline = Deadline.in(config.limits().attemptTimeout());
    String path = config.mount() + "/keys/" + config.key() + "/rotate";
    try (VaultReply reply =
        healed(path, deadline, token -> client.postOnce(path, NOTHING, token, deadline))) {
      if (reply.status() != OK && reply.status() != NO_CONTENT) {
        throw VaultRefusals.ofCall(reply, kek);
      }
    } catch (Problem e) {
      throw e.code() == ProblemCode.KEK_UNUSABLE ? rotationUnsupported() : e;
    }
  }

  /**
   * Destroys this version and all before it, where the policy of the token allows it.
   *
   * @throws Problem {@link ProblemCode#KEK_ERASE_UNSUPPORTED} that names Vault's own commands,
   *     where it does not
   */
  void trim(int version) {
    TransitKey now = key();
    int kept = version + 1;
    change(
        "config",
        "{\"min_decryption_version\":"
            + Math.max(kept, now.minDecryptionVersion())
            + ",\"min_encryption_version\":"
            + now.latestVersion()
            + "}",
        version);
    change("trim", "{\"min_available_version\":" + kept + "}", version);
  }

  private void change(String what, String body, int version) {
    Deadline deadline = Deadline.in(config.limits().attemptTimeout());
    String path = config.mount() + "/keys/" + config.key() + "/" + what;
    byte[] bytes = body.getBytes(StandardCharsets.US_ASCII);
    try (VaultReply reply =
        healed(path, deadline, token -> client.post(path, bytes, token, deadline))) {
      if (reply.status() != OK && reply.status() != NO_CONTENT) {
        throw VaultRefusals.ofCall(reply, kek);
      }
    } catch (Problem e) {
      throw e.code() == ProblemCode.KEK_UNUSABLE ? trimUnsupported(version) : e;
    }
  }

  private Problem trimUnsupported(int version) {
    String path = config.mount() + "/keys/" + config.key();
    int kept = version + 1;
    return new Problem(
        ProblemCode.KEK_ERASE_UNSUPPORTED,
        "the service's token may not trim "
            + kek
            + ": run 'vault write "
            + path
            + "/config min_decryption_version="
            + kept
            + " min_encryption_version="
            + kept
            + "' and 'vault write "
            + path
            + "/trim min_available_version="
            + kept
            + "', and run this again");
  }

  /**
   * Deletes the key, where it says that it may be deleted, and the policy of the token, too.
   *
   * @throws Problem {@link ProblemCode#KEK_ERASE_UNSUPPORTED} that names Vault's own commands,
   *     where it does not
   */
  void delete() {
    if (!key().deletionAllowed()) {
      throw deletionUnsupported();
    }
    Deadline deadline = Deadline.in(config.limits().attemptTimeout());
    String path = config.mount() + "/keys/" + config.key();
    try (VaultReply reply = healed(path, deadline, token -> client.delete(path, token, deadline))) {
      if (reply.status() != OK && reply.status() != NO_CONTENT) {
        throw VaultRefusals.ofCall(reply, kek);
      }
    } catch (Problem e) {
      throw e.code() == ProblemCode.KEK_UNUSABLE ? deletionUnsupported() : e;
    }
  }

  /**
   * Whether the engine is there and has no such key.
   *
   * @throws Problem as {@link #key}, where that is not known
   */
  boolean isDeleted() {
    Deadline deadline = Deadline.in(config.limits().attemptTimeout());
    String path = config.mount() + "/keys/" + config.key();
    try (VaultReply reply = healed(path, deadline, token -> client.get(path, token, deadline))) {
      if (reply.saysNothingIsThere()) {
        return true;
      }
      if (reply.status() != OK) {
        throw VaultRefusals.ofCall(reply, kek);
      }
      return false;
    }
  }

  private Problem deletionUnsupported() {
    String path = config.mount() + "/keys/" + config.key();
    return new Problem(
        ProblemCode.KEK_ERASE_UNSUPPORTED,
        "the service may not delete "
            + kek
            + ": run 'vault write "
            + path
            + "/config deletion_allowed=true' and 'vault delete "
            + path
            + "', and run this again before the KEK leaves the configuration, so that the log says"
            + " it");
  }

  /**
   * What the policy of the token allows beside the use of the key.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE}
   */
  List<KeyRight> rights() {
    Deadline deadline = Deadline.in(config.limits().attemptTimeout());
    TokenRights rights = new TokenRights(client, session.ticket(deadline).token(), deadline);
    List<KeyRight> all = new ArrayList<>();
    all.add(rights.lookUp());
    all.add(rights.renew());
    all.add(rights.rotate(config.mount() + "/keys/" + config.key() + "/rotate"));
    session.giveBack(deadline).map(TokenRights::revoke).ifPresent(all::add);
    return List.copyOf(all);
  }

  /** How often a token was got so far. */
  long logins() {
    return session.logins();
  }

  @Override
  public void close() {
    session.close();
    client.close();
  }

  /**
   * Looks at the key, unless that was done with the present token a moment ago.
   *
   * @throws Problem as {@link #key}
   */
  void requireSound() {
    requireSound(Deadline.in(config.limits().attemptTimeout()));
  }

  private void requireSound(Deadline deadline) {
    VaultSession.Ticket ticket = session.ticket(deadline);
    if (isFresh(ticket)) {
      return;
    }
    deadline.lock(looking);
    try {
      if (isFresh(ticket)) {
        return;
      }
      TransitKey key = key(deadline);
      if (key.deletionAllowed()) {
        LOG.atWarn()
            .addKeyValue("kek", kek)
            .log("deletion of the KEK is allowed in Vault: set deletion_allowed=false");
      }
      look = new Look(ticket.login(), clock.instant().plus(LOOK_AGAIN));
    } finally {
      looking.unlock();
    }
  }

  private boolean isFresh(VaultSession.Ticket ticket) {
    Look last = look;
    return last.login() == ticket.login() && clock.instant().isBefore(last.until());
  }

  private Problem rotationUnsupported() {
    return new Problem(
        ProblemCode.KEK_ROTATION_UNSUPPORTED,
        "the service's token may not rotate "
            + kek
            + ": run 'vault write -f "
            + config.mount()
            + "/keys/"
            + config.key()
            + "/rotate', or allow update on that path in its policy");
  }

  private VaultReply healed(String path, Deadline deadline, Function<String, VaultReply> call) {
    for (int tokens = 1; ; tokens++) {
      VaultSession.Ticket ticket = session.ticket(deadline);
      VaultReply reply = call.apply(ticket.token());
      if (reply.status() != FORBIDDEN) {
        return reply;
      }
      reply.close();
      if (tokens == MOST_TOKENS) {
        throw new Problem(
            ProblemCode.KEY_BACKEND_UNAVAILABLE,
            "Vault no longer knows tokens that it has just given: who revokes them?");
      }
      session.refused(ticket, path, deadline);
    }
  }

  /** What is trusted: the authorities of the configuration, or those of the system. */
  static SSLContext trust(KekConfig.Vault config) {
    Path caFile = config.caFile();
    try {
      if (caFile == null) {
        return SSLContext.getDefault();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, AuthorityFile.trustManagers(caFile, "kek.vault's"), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a JDK has TLS", e);
    }
  }
}
