package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyRight;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Wraps data keys with the transit engine of Vault. The KEK is a derived key: Vault makes, for each
 * context, a key of its own from the KEK and the canonical context, and encrypts with AES-256-GCM
 * under a random nonce. Another context is another key, so that nothing unwraps under it. The
 * engine's {@code associated_data} is not used, because its rewrap does not know it.
 */
public final class VaultKeyWrapper implements KeyWrapper {
  private static final Logger LOG = LoggerFactory.getLogger(VaultKeyWrapper.class);
  public static final String BACKEND = "vault";
  private static final int OK = 200;

  private final TransitEngine engine;
  private volatile boolean closed;

  private VaultKeyWrapper(TransitEngine engine) {
    this.engine = engine;
  }

  /**
   * Opens. A Vault that is away does not stop the start: nothing is wrapped or unwrapped before the
   * key has been looked at.
   *
   * @throws Problem {@link ProblemCode#KEK_UNUSABLE} when the key is not derived, may leave Vault,
   *     is of another type, is not there or not allowed; {@link ProblemCode#CONFIGURATION_INVALID}
   *     when the {@code caFile} is not usable
   */
  public static VaultKeyWrapper open(KekConfig.Vault config) {
    return open(config, InstantSource.system());
  }

  static VaultKeyWrapper open(KekConfig.Vault config, InstantSource clock) {
    return open(config, false, clock);
  }

  /** Opens a former KEK that nothing is under: that it was deleted in Vault is no refusal. */
  public static VaultKeyWrapper openUnneeded(KekConfig.Vault config) {
    return open(config, true, InstantSource.system());
  }

  private static VaultKeyWrapper open(
      KekConfig.Vault config, boolean mayBeDeleted, InstantSource clock) {
    TransitEngine engine = new TransitEngine(config, clock);
    try {
      requireSound(engine, mayBeDeleted);
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
    return new VaultKeyWrapper(engine);
  }

  private static void requireSound(TransitEngine engine, boolean mayBeDeleted) {
    try {
      engine.requireSound();
    } catch (Problem e) {
      if (e.code() != ProblemCode.KEK_UNUSABLE) {
        LOG.atWarn().addKeyValue("why", e.getMessage()).log("the KEK in Vault cannot be used yet");
      } else if (mayBeDeleted && engine.isDeleted()) {
        LOG.atWarn()
            .addKeyValue("kek", engine.kek())
            .log("the former KEK is gone, and nothing is under it: take it out of formerKeks");
      } else {
        throw e;
      }
    }
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    requireOpen();
    if (dataKey.size() != DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes");
    }
    return dataKey.use(bytes -> {
      try (TransitRequest request = TransitRequest.wrap(bytes, context.bytes());
          VaultReply reply = engine.call("encrypt", request)) {
        if (reply.status() != OK) {
          throw VaultRefusals.ofCall(reply, engine.kek());
        }
        return wrapped(reply);
      }
    });
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    requireOpen();
    try (TransitRequest request = TransitRequest.open(own(wrapped), context.bytes());
        VaultReply reply = engine.call("decrypt", request)) {
      if (reply.status() != OK) {
        throw VaultRefusals.ofUnwrap(reply, engine.kek() + " version " + wrapped.kekVersion());
      }
      byte[] key = reply.bytes("plaintext").orElseThrow(this::unexpected);
      if (key.length != DATA_KEY_BYTES) {
        Arrays.fill(key, (byte) 0);
        throw WrappedKey.refused("what was wrapped is no data key");
      }
      return SecretBytes.takeOver(key);
    }
  }

  /** Inside Vault: the data key does not leave it. */
  @Override
  public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
    requireOpen();
    try (TransitRequest request = TransitRequest.open(own(wrapped), context.bytes());
        VaultReply reply = engine.call("rewrap", request)) {
      if (reply.status() != OK) {
        throw VaultRefusals.ofUnwrap(reply, engine.kek() + " version " + wrapped.kekVersion());
      }
      return wrapped(reply);
    }
  }

  @Override
  public KekStatus status() {
    requireOpen();
    TransitKey key = engine.key();
    return new KekStatus(
        BACKEND,
        engine.kek(),
        Integer.toString(key.latestVersion()),
        key.versions().tailSet(key.minDecryptionVersion()).stream().map(String::valueOf).toList());
  }

  @Override
  public KekStatus rotate() {
    requireOpen();
    engine.rotate();
    return status();
  }

  /**
   * Vault trims: the version goes with all that are older. The whole KEK is deleted where Vault is
   * told that it may be, which is not done here.
   */
  @Override
  public void destroy(String version) {
    requireOpen();
    if (version.isEmpty()) {
      engine.delete();
    } else {
      engine.trim(Integer.parseInt(version));
    }
  }

  /** Trimmed, and not only shut out by {@code min_decryption_version}, which may be taken back. */
  @Override
  public Optional<String> gone(String version) {
    requireOpen();
    boolean gone = version.isEmpty() ? engine.isDeleted() : !engine.key().has(version);
    return gone ? Optional.of("snapshots of Vault's storage") : Optional.empty();
  }

  @Override
  public List<KeyRight> rights() {
    requireOpen();
    return engine.rights();
  }

  @Override
  public boolean destroysOlderVersions() {
    return true;
  }

  /** How often a token was got so far. */
  long logins() {
    return engine.logins();
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      engine.close();
    }
  }

  private WrappedKey wrapped(VaultReply reply) {
    TransitCiphertext ciphertext =
        reply.text("ciphertext").flatMap(TransitCiphertext::parse).orElseThrow(this::unexpected);
    return new WrappedKey(
        BACKEND,
        engine.kek(),
        Integer.toString(ciphertext.version()),
        Blob.of(ciphertext.text().getBytes(StandardCharsets.US_ASCII)));
  }

  // Seen here, so that no call is spent on it: another backend's, another KEK's, a damaged one.
  private String own(WrappedKey wrapped) {
    String text = new String(wrapped.ciphertextFrom(BACKEND), StandardCharsets.ISO_8859_1);
    TransitCiphertext ciphertext =
        TransitCiphertext.parse(text)
            .orElseThrow(() -> WrappedKey.refused("it was not wrapped by Vault, or is damaged"));
    if (!wrapped.kekId().equals(engine.kek())
        || !wrapped.kekVersion().equals(Integer.toString(ciphertext.version()))) {
      throw WrappedKey.refused("it was not wrapped by the KEK " + engine.kek() + " of Vault");
    }
    return ciphertext.text();
  }

  private Problem unexpected() {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "what answers for " + engine.kek() + " is not a transit engine of Vault");
  }

  private void requireOpen() {
    if (closed) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend has been closed");
    }
  }
}
