package dev.strongroom.keyservice.kms.awskms;

import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.CallTimer;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DecryptResponse;
import software.amazon.awssdk.services.kms.model.EncryptResponse;
import software.amazon.awssdk.services.kms.model.KeyMetadata;
import software.amazon.awssdk.services.kms.model.KeyState;
import software.amazon.awssdk.services.kms.model.ReEncryptResponse;

/**
 * Wraps data keys with Encrypt and Decrypt of AWS KMS. The context is the encryption context, with
 * readable names. Every request names the whole ARN of the key, and every answer must come from it.
 * The data key is made by the service: GenerateDataKey is not used.
 *
 * <p>KMS keeps its key material to itself: Encrypt does not say which one it used, so a fresh
 * wrapping has no version; ReEncrypt says it, and it is checked from then on. The SDK makes heap
 * copies of a data key that nobody can overwrite; they end with the collector.
 */
public final class AwsKmsKeyWrapper implements KeyWrapper {
  public static final String BACKEND = "awskms";

  /** An id of key material, as DescribeKey, Decrypt and ReEncrypt name it. */
  private static final Pattern MATERIAL = Pattern.compile("[0-9a-f]{64}");

  /** As long as KMS allows: what was missed shows in its log meanwhile. */
  private static final int DAYS_UNTIL_DELETION = 30;

  private final String keyArn;
  private final Set<String> acceptableArns;
  private final KmsClient client;
  private final TimedCredentials credentials;
  private final ScheduledExecutorService timer;

  /** The material from before the last rotation: said to be current until KMS has the new one. */
  private volatile String ending = "";

  private volatile boolean closed;

  private AwsKmsKeyWrapper(KekConfig.Awskms config, AwsCredentialsProvider provider) {
    this.keyArn = config.keyArn();
    Set<String> arns = new HashSet<>(config.replicaArns());
    arns.add(config.keyArn());
    this.acceptableArns = Set.copyOf(arns);
    this.timer = CallTimer.start("awskms-deadlines");
    this.credentials =
        new TimedCredentials(
            provider, config.limits().attemptTimeout(), TimedCredentials.LONGEST_FETCH, timer);
    this.client = KmsClients.of(config, credentials, timer);
  }

  /** Opens it with the credentials that the AWS SDK finds. Calls nobody. */
  public static AwsKmsKeyWrapper open(KekConfig.Awskms config) {
    return open(config, KmsClients.defaultChain());
  }

  /**
   * @param credentials asked every second while there are requests, so that rotated ones are taken
   *     up
   */
  public static AwsKmsKeyWrapper open(KekConfig.Awskms config, AwsCredentialsProvider credentials) {
    return new AwsKmsKeyWrapper(config, credentials);
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    requireOpen();
    if (dataKey.size() != DATA_KEY_BYTES) {
      throw new IllegalArgumentException("a data key has 32 bytes");
    }
    Map<String, String> pairs = EncryptionContext.of(context);
    EncryptResponse answer =
        dataKey.use(bytes ->
            ask(() ->
                client.encrypt(with ->
                    with.keyId(keyArn)
                        .plaintext(SdkBytes.fromByteArray(bytes))
                        .encryptionContext(pairs)
                        .overrideConfiguration(credentials.inTime()))));
    requireOurKey(answer.keyId());
    return wrapped(present(answer.ciphertextBlob()), null);
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    SdkBytes ciphertext = ciphertext(wrapped);
    DecryptResponse answer =
        ask(() ->
            client.decrypt(with ->
                with.keyId(keyArn)
                    .ciphertextBlob(ciphertext)
                    .encryptionContext(EncryptionContext.of(context))
                    .overrideConfiguration(credentials.inTime())));
    SecretBytes dataKey = SecretBytes.takeOver(present(answer.plaintext()).asByteArrayUnsafe());
    try {
      requireOurKey(answer.keyId());
      requireVersion(wrapped, answer.keyMaterialId());
      if (dataKey.size() != DATA_KEY_BYTES) {
        throw WrappedKey.refused("what is in it is no data key");
      }
      return dataKey;
    } catch (Problem e) {
      dataKey.close();
      throw e;
    }
  }

  /** In KMS alone: the data key does not come here. */
  @Override
  public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
    SdkBytes ciphertext = ciphertext(wrapped);
    Map<String, String> pairs = EncryptionContext.of(context);
    ReEncryptResponse answer =
        ask(() ->
            client.reEncrypt(with ->
                with.sourceKeyId(keyArn)
                    .destinationKeyId(keyArn)
                    .ciphertextBlob(ciphertext)
                    .sourceEncryptionContext(pairs)
                    .destinationEncryptionContext(pairs)
                    .overrideConfiguration(credentials.inTime())));
    requireOurKey(answer.keyId());
    requireOurKey(answer.sourceKeyId());
    requireVersion(wrapped, answer.sourceKeyMaterialId());
    return wrapped(present(answer.ciphertextBlob()), answer.destinationKeyMaterialId());
  }

  @Override
  public KekStatus status() {
    requireOpen();
    KeyMetadata key = ask(this::described);
    if (key.keyState() != KeyState.ENABLED) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          "the key " + keyArn + " is " + key.keyStateAsString() + ": enable it, or cancel its end");
    }
    String newest = key.currentKeyMaterialId();
    return newest == null || newest.equals(ending)
        ? new KekStatus(BACKEND, keyArn, "", List.of())
        : new KekStatus(BACKEND, keyArn, newest, List.of(newest));
  }

  /**
   * KMS makes the new material in its own time. As long as it names the material from before, no
   * newest version is told: nobody must take what is under that for moved.
   */
  @Override
  public KekStatus rotate() {
    requireOpen();
    KeyMetadata before;
    try {
      before = described();
      var _ =
          client.rotateKeyOnDemand(
              with -> with.keyId(keyArn).overrideConfiguration(credentials.inTime()));
    } catch (SdkException e) {
      throw KmsFaults.ofRotation(e, keyArn);
    }
    ending = before.currentKeyMaterialId() == null ? "" : before.currentKeyMaterialId();
    return status();
  }

  /** KMS destroys whole keys alone, and waits before it does. */
  @Override
  public void destroy(String version) {
    requireOpen();
    requireWhole(version);
    try {
      KeyMetadata before = described();
      if (before.keyState() == KeyState.PENDING_DELETION) {
        return;
      }
      var _ =
          client.scheduleKeyDeletion(with ->
              with.keyId(keyArn)
                  .pendingWindowInDays(DAYS_UNTIL_DELETION)
                  .overrideConfiguration(credentials.inTime()));
    } catch (SdkException e) {
      throw KmsFaults.ofDeletion(e, keyArn);
    }
  }

  private static void requireWhole(String version) {
    if (!version.isEmpty()) {
      throw new Problem(
          ProblemCode.KEK_ERASE_UNSUPPORTED,
          "AWS KMS destroys no single version of a key: move to a new key with 'strongroom keys"
              + " migrate', and erase the former one whole, without --kek-version");
    }
  }

  /** The whole KEK, from when KMS waits for its deletion; of no single version is that told. */
  @Override
  public Optional<String> gone(String version) {
    requireOpen();
    requireWhole(version);
    KeyMetadata key = ask(this::described);
    return key.keyState() == KeyState.PENDING_DELETION
        ? Optional.of(kept(key.deletionDate()))
        : Optional.empty();
  }

  private static String kept(@Nullable Instant until) {
    return "AWS KMS keeps the key until "
        + until
        + ", and an administrator can take its deletion back until then; it opens nothing meanwhile";
  }

  @Override
  public void close() {
    closed = true;
    client.close();
    credentials.close();
    timer.shutdownNow();
  }

  private WrappedKey wrapped(SdkBytes ciphertext, @Nullable String material) {
    return new WrappedKey(
        BACKEND, keyArn, material == null ? "" : material, Blob.of(ciphertext.asByteArrayUnsafe()));
  }

  /** What can be refused without a call. */
  private SdkBytes ciphertext(WrappedKey wrapped) {
    requireOpen();
    byte[] ciphertext = wrapped.ciphertextFrom(BACKEND);
    if (!acceptableArns.contains(wrapped.kekId())) {
      throw WrappedKey.refused(
          "it was wrapped under "
              + wrapped.kekId()
              + ", which is neither keyArn nor one of replicaArns");
    }
    if (!wrapped.kekVersion().isEmpty() && !MATERIAL.matcher(wrapped.kekVersion()).matches()) {
      throw WrappedKey.refused("its KEK version is none of AWS KMS");
    }
    return SdkBytes.fromByteArrayUnsafe(ciphertext);
  }

  private static void requireVersion(WrappedKey wrapped, @Nullable String material) {
    if (material != null
        && !wrapped.kekVersion().isEmpty()
        && !wrapped.kekVersion().equals(material)) {
      throw WrappedKey.refused("it is under another version of the KEK than it says");
    }
  }

  private KeyMetadata described() {
    KeyMetadata key =
        present(
            client
                .describeKey(with -> with.keyId(keyArn).overrideConfiguration(credentials.inTime()))
                .keyMetadata());
    requireOurKey(key.arn());
    return key;
  }

  private static <T> T present(@Nullable T answered) {
    if (answered == null) {
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "what answers for AWS KMS leaves out what KMS always says: check endpoint and proxies");
    }
    return answered;
  }

  private void requireOurKey(@Nullable String answered) {
    if (!keyArn.equals(present(answered))) {
      throw new Problem(
          ProblemCode.KEK_UNUSABLE,
          "AWS KMS answered for another key than " + keyArn + ": check endpoint and proxies");
    }
  }

  private static <T> T ask(Supplier<T> call) {
    try {
      return call.get();
    } catch (SdkException e) {
      throw KmsFaults.of(e);
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend has been closed");
    }
  }
}
