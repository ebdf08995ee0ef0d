package dev.strongroom.keyservice.publish;

import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.grant.RefusalBudget;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import dev.strongroom.keyservice.storage.ObjectStorage;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;

/**
 * The publish flow over a real log, a real store, a real keyset file and a given storage. It can be
 * opened again over the same folder, as after a crash.
 */
final class PublishStage implements AutoCloseable {
  static final String ISSUER = "https://issuer.test";
  static final String ORIGIN = "https://keys.test";
  static final PublishLimits LIMITS = new PublishLimits(Duration.ofMinutes(5), 5L << 20, 100);

  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: release
          actions: [publish]
          subjects:
            - {issuer: "https://issuer.test", subject: publisher}
            - {issuer: "https://issuer.test", subject: colleague}
          models: [acme/*]
      """;

  /** Refusals of one subject that are recorded one by one. */
  static final int REFUSALS = 20;

  private final DenialSummary summary = new DenialSummary(InstantSource.system());
  private final Fixture records;
  private final TinkKeyWrapper kek;
  private final WrappingGate gate = new WrappingGate();
  private final SqlCatalog catalog;
  private final PublishFlow flow;
  private final CompiledPolicy policy =
      new CompiledPolicy(PolicyDocument.parse(POLICY).orThrow("the test's policy"));
  private final Map<ExplanationId, ExplanationStore.Kept> explanations = new ConcurrentHashMap<>();

  PublishStage(Path folder, ObjectStorage storage, PublisherKey publisher) {
    this(folder, storage, publisher, UnaryOperator.identity());
  }

  /**
   * @param publisher may sign for acme/*
   * @param ledger puts something around the ledger, to break it
   */
  PublishStage(
      Path folder, ObjectStorage storage, PublisherKey publisher, UnaryOperator<Ledger> ledger) {
    this(folder, storage, publisher, ledger, kek -> kek);
  }

  /**
   * @param around puts something around the KEK
   */
  PublishStage(
      Path folder,
      ObjectStorage storage,
      PublisherKey publisher,
      UnaryOperator<Ledger> ledger,
      UnaryOperator<KeyWrapper> around) {
    this.records = Fixture.open(folder);
    this.kek = TinkKeyWrapper.open(folder.resolve("kek.json"), records.log().size() == 0);
    if (records.ledger().view().policyDigest().isEmpty()) {
      records.ledger().commit(view -> LogEvent.PolicyApplied.ofFile(1, policy.digest()));
    }
    this.catalog = new SqlCatalog(records.store().jdbi(), 1 << 20);
    this.flow =
        new PublishFlow(
            ORIGIN,
            SigningKey.generate(SignatureAlgorithm.EDDSA),
            () -> policy,
            List.of(
                new TrustBundle.Publisher(
                    "release",
                    PinnedKey.of(publisher.publicKey()),
                    List.of(new ModelPattern("acme/*")))),
            records.store().jdbi(),
            around.apply(kek),
            gate,
            storage,
            ledger.apply(records.ledger()),
            new AuditLogHistory(records.log()),
            new Explanations(),
            new RefusalBudget(1, REFUSALS),
            summary,
            LIMITS,
            new SecureRandom(),
            InstantSource.system());
  }

  private final class Explanations implements ExplanationStore {
    @Override
    public void put(Kept kept) {
      explanations.put(kept.id(), kept);
    }

    @Override
    public Optional<Kept> find(ExplanationId id) {
      return Optional.ofNullable(explanations.get(id));
    }
  }

  DenialSummary summary() {
    return summary;
  }

  PublishFlow flow() {
    return flow;
  }

  WrappingGate gate() {
    return gate;
  }

  SqlCatalog catalog() {
    return catalog;
  }

  TinkKeyWrapper kek() {
    return kek;
  }

  Fixture records() {
    return records;
  }

  Map<ExplanationId, ExplanationStore.Kept> explanations() {
    return explanations;
  }

  /** Everything in the log, in order. */
  List<LogEvent> log() {
    List<LogEvent> events = new ArrayList<>();
    new AuditLogHistory(records.log()).follow(0, (index, event) -> events.add(event));
    return events;
  }

  /** The events of one kind. */
  <T> List<T> log(Class<T> kind) {
    return log().stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The number of rows of a query. */
  int count(String sql) {
    return records.store().jdbi().withHandle(on -> on.createQuery(sql).mapTo(Integer.class).one());
  }

  void execute(String sql) {
    records.store().jdbi().useHandle(on -> on.execute(sql));
  }

  /** Waits until a version is visible, which another thread is about to make it. */
  void awaitVisible(ModelVersion target) {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (catalog.versionsOf(target.model()).isEmpty()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(target + " does not become visible");
      }
      Thread.onSpinWait();
    }
  }

  /** The spelling of an entry, for comparison. */
  static byte[] leaf(LogEvent event) {
    return EventCodec.write(event);
  }

  @Override
  public void close() {
    kek.close();
    records.close();
  }
}
