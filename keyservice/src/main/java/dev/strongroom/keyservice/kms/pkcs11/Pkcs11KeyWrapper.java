package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Outcome;
import dev.strongroom.keyservice.kms.pkcs11.wire.Request;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/**
 * Wraps data keys under a KEK that never leaves a PKCS#11 token. The context is the additional data
 * of the wrapping. The token is used through a broker process, which is replaced when it or the
 * token is lost; calls that were under way then are made again until their time is over, which does
 * no harm: unwrapping changes nothing, and a wrapping that nobody got is lost.
 *
 * <p>The data key passes this process and the broker on its way, off the heap where that can be and
 * overwritten where it cannot; the KEK stays on the token.
 */
public final class Pkcs11KeyWrapper implements KeyWrapper {
  public static final String BACKEND = "pkcs11";

  /** So many calls wait in the pipe for each that is made: the broker never waits for the next. */
  private static final int PLACES_PER_SESSION = 4;

  private static final Pattern VERSION = Pattern.compile("[1-9][0-9]{0,5}");

  private final String kekId;
  private final Pkcs11Uri uri;
  private final TokenOpening opening;
  private final Broker broker;
  private final Semaphore places;
  private final long timeoutNanos;

  private Pkcs11KeyWrapper(
      Pkcs11Uri uri, TokenOpening opening, Broker broker, int sessions, long timeoutNanos) {
    this.uri = uri;
    this.kekId = uri.object();
    this.opening = opening;
    this.broker = broker;
    this.places = new Semaphore(PLACES_PER_SESSION * sessions);
    this.timeoutNanos = timeoutNanos;
  }

  /**
   * Starts the broker and opens the token. A token that is away is waited for in the background, so
   * that a service that restarts meanwhile heals with it.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the URI or the PIN is wrong, or
   *     the token is there and its KEK is missing, extractable, not sensitive or of a wrong kind;
   *     {@link ProblemCode#KEY_FILE_INSECURE} and {@link ProblemCode#KEY_FILE_MISSING} for the file
   *     of the PIN
   */
  public static Pkcs11KeyWrapper open(KekConfig.Pkcs11 config, RandomGenerator random) {
    return open(
        config,
        false,
        random,
        BrokerTiming.of(config.limits().attemptTimeout()),
        BrokerLauncher.of(config));
  }

  /** Opens a former KEK that nothing is under: that it is gone from the token is no refusal. */
  public static Pkcs11KeyWrapper openUnneeded(KekConfig.Pkcs11 config, RandomGenerator random) {
    return open(
        config,
        true,
        random,
        BrokerTiming.of(config.limits().attemptTimeout()),
        BrokerLauncher.of(config));
  }

  static Pkcs11KeyWrapper open(
      KekConfig.Pkcs11 config,
      RandomGenerator random,
      BrokerTiming timing,
      BrokerLauncher launcher) {
    return open(config, false, random, timing, launcher);
  }

  static Pkcs11KeyWrapper open(
      KekConfig.Pkcs11 config,
      boolean mayBeGone,
      RandomGenerator random,
      BrokerTiming timing,
      BrokerLauncher launcher) {
    Pkcs11Uri uri = Pkcs11Uri.parse(config.uri());
    TokenOpening opening =
        new TokenOpening(
            uri, config.moduleArguments(), config.sessions(), pin(config, uri), mayBeGone);
    Broker broker = Broker.start(launcher, opening, timing, random);
    return new Pkcs11KeyWrapper(uri, opening, broker, config.sessions(), timing.answer().toNanos());
  }

  private static TokenPin pin(KekConfig.Pkcs11 config, Pkcs11Uri uri) {
    Path file = config.pinFile() == null ? uri.pinSource() : config.pinFile();
    Integer descriptor = config.pinDescriptor();
    if ((file == null) == (descriptor == null)
        || (config.pinFile() != null && uri.pinSource() != null)) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "kek.pkcs11: exactly one of pinFile, pinDescriptor and the URI's pin-source is wanted");
    }
    if (file != null) {
      TokenPin pin = new TokenPin.File(file);
      pin.read().close();
      return pin;
    }
    return TokenPin.Descriptor.inherited(Objects.requireNonNull(descriptor));
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    if (dataKey.size() != DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes");
    }
    Message answer = dataKey.use(bytes -> exchange(Request.WRAP, bytes, context.bytes()));
    return new WrappedKey(BACKEND, kekId, answer.text(0), Blob.of(answer.field(1)));
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    byte[] ciphertext = wrapped.ciphertextFrom(BACKEND);
    if (!wrapped.kekId().equals(kekId)) {
      throw WrappedKey.refused(
          "it was wrapped under the KEK '" + wrapped.kekId() + "', and '" + kekId + "' is in use");
    }
    if (!VERSION.matcher(wrapped.kekVersion()).matches()) {
      throw WrappedKey.refused("it names no version of the KEK");
    }
    Message answer =
        exchange(
            Request.UNWRAP,
            wrapped.kekVersion().getBytes(StandardCharsets.US_ASCII),
            ciphertext,
            context.bytes());
    return SecretBytes.takeOver(answer.field(0));
  }

  @Override
  public KekStatus status() {
    return status(Request.STATUS);
  }

  @Override
  public KekStatus rotate() {
    return status(Request.ROTATE);
  }

  /** Every key of the token that has the version's label; the broker looks that none is left. */
  @Override
  public void destroy(String version) {
    try {
      opening.learn(exchange(Request.DESTROY, version.getBytes(StandardCharsets.US_ASCII)));
    } catch (Problem e) {
      throw e.code() == ProblemCode.KEK_UNUSABLE ? notDestroyed(version, e) : e;
    }
  }

  /** No key of the token has the label; for the whole KEK, of none of its versions. */
  @Override
  public Optional<String> gone(String version) {
    List<String> there = status(Request.STATUS).versions();
    boolean gone = version.isEmpty() ? there.isEmpty() : !there.contains(version);
    return gone ? Optional.of("copies and backups of the token") : Optional.empty();
  }

  private Problem notDestroyed(String version, Problem why) {
    String first =
        "PIN=$(cat PINFILE) pkcs11-tool --module "
            + quoted(uri.modulePath().toString())
            + " --token-label "
            + quoted(uri.token())
            + " --login --pin env:PIN --delete-object --type secrkey --label ";
    String label = version.isEmpty() || version.equals("1") ? kekId : kekId + "." + version;
    return new Problem(
        ProblemCode.KEK_ERASE_UNSUPPORTED,
        why.getMessage()
            + ". Run "
            + first
            + quoted(label)
            + (version.isEmpty() ? " and the same for each later version (LABEL.2 and so on)" : "")
            + ", look with --list-objects that no other key is left under it, and do so on every"
            + " copy of the token"
            + (version.isEmpty() ? "" : "; then run this again, so that the log says it"));
  }

  /** As one word of a shell, whatever is in it. */
  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }

  private KekStatus status(Request request) {
    opening.learn(exchange(request));
    List<String> versions = opening.versions();
    return new KekStatus(BACKEND, kekId, versions.isEmpty() ? "" : versions.getLast(), versions);
  }

  /** Makes the call when there is a place, again with the next broker where one is lost. */
  private Message exchange(Request request, byte[]... fields) {
    long deadline = System.nanoTime() + timeoutNanos;
    try {
      if (!places.tryAcquire(timeoutNanos, TimeUnit.NANOSECONDS)) {
        throw Broker.away("all its sessions were in use for too long");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Broker.away("the service is stopping");
    }
    try {
      while (true) {
        BrokerConnection connection = broker.ready(deadline);
        try {
          long left = Math.max(1, deadline - System.nanoTime());
          Message answer = connection.exchange(request, left, fields);
          if (!isLost(connection, request, answer, deadline)) {
            return judged(request, answer);
          }
        } catch (BrokerLostException e) {
          if (e.silent() || request.isOnce()) {
            throw Broker.away(String.valueOf(e.getMessage()));
          }
          broker.replace(connection, String.valueOf(e.getMessage()));
        }
      }
    } finally {
      places.release();
    }
  }

  private boolean isLost(
      BrokerConnection connection, Request request, Message answer, long deadline) {
    if (answer.outcome() != Outcome.FAULT) {
      return false;
    }
    String why = "it answered with " + answer.text(0);
    broker.replace(connection, why);
    if (request.isOnce() || System.nanoTime() - deadline >= 0) {
      throw Broker.away(why);
    }
    return true;
  }

  private static Message judged(Request request, Message answer) {
    return switch (answer.outcome()) {
      case DONE -> answer;
      case REJECTED ->
          throw WrappedKey.refused(
              "the context, the KEK or the bytes are not those of the wrapping");
      case BUSY ->
          throw new Problem(
              ProblemCode.KEY_BACKEND_THROTTLED,
              "the PKCS#11 token has no session left: lower kek.pkcs11.sessions");
      case REFUSED -> throw refused(request, answer.text(0));
      case UNKNOWN_KEK, UNUSABLE -> throw Broker.unusable(answer.text(0));
      case FAULT, PIN_REFUSED -> throw Broker.away("it answered with " + answer.text(0));
    };
  }

  private static Problem refused(Request request, String code) {
    boolean wraps = request == Request.WRAP;
    return new Problem(
        ProblemCode.KEK_UNUSABLE,
        "the PKCS#11 token works, and refuses to "
            + (wraps ? "wrap" : "unwrap this data key")
            + " with "
            + code
            + ": look the code up in the manual of the token; "
            + (wraps ? "what is wrapped is still opened" : "other data keys are not affected"));
  }

  @Override
  public void close() {
    broker.close();
  }
}
