package dev.strongroom.keyservice;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.config.DataKeyCacheConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.explain.SqlExplanationStore;
import dev.strongroom.keyservice.keys.HeldKeys;
import dev.strongroom.keyservice.kms.DataKeyCache;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.KeyBackends;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.LedgerView;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.s3.S3ObjectStorage;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What may live in another process or machine. */
record Backends(
    KeyRing kek,
    HeldKeys heldKeys,
    DataKeys dataKeys,
    ObjectStorage storage,
    Catalog catalog,
    ExplanationStore explanations) {
  private static final Logger LOG = LoggerFactory.getLogger(Backends.class);
  private static final long CATALOG_CACHE = 64L << 20;

  /**
   * Opens all.
   *
   * @param opened gets what must be closed, in the order of opening
   * @throws Problem with the code of what is wrong
   */
  static Backends open(
      KeyServiceConfig config,
      Foundations base,
      InstantSource clock,
      SecureRandom random,
      MeterRegistry meters,
      Deque<AutoCloseable> opened) {
    WrappedKeyStore held = new WrappedKeyStore(base.store().jdbi());
    KeyRing kek =
        KeyBackends.openAll(
            config.kek(),
            config.formerKeks(),
            held.heldWithout(erasedKeys(base.ledger())),
            random,
            meters);
    opened.push(kek);
    HeldKeys heldKeys = new HeldKeys(kek, held, () -> erasedKeys(base.ledger()));
    DataKeys dataKeys = dataKeys(config.dataKeyCache(), kek, base.ledger(), meters, opened);
    ObjectStorage storage = S3ObjectStorage.of(config.storage(), clock);
    opened.push(storage);
    SqlExplanationStore explanations =
        new SqlExplanationStore(
            base.store().jdbi(),
            clock,
            config.explanations().keep(),
            config.explanations().keepFor(),
            config.explanations().queue());
    opened.push(explanations);
    return new Backends(
        kek,
        heldKeys,
        dataKeys,
        storage,
        new SqlCatalog(base.store().jdbi(), CATALOG_CACHE),
        explanations);
  }

  /** What grants open data keys with; everything else asks the KEK itself. */
  private static DataKeys dataKeys(
      @Nullable DataKeyCacheConfig config,
      KeyRing kek,
      Ledger ledger,
      MeterRegistry meters,
      Deque<AutoCloseable> opened) {
    if (config == null) {
      return DataKeys.of(kek);
    }
    DataKeyCache cache =
        DataKeyCache.open(kek, config, target -> mayBeHeld(ledger.view(), target), meters);
    opened.push(cache);
    LOG.atInfo()
        .addKeyValue("maxKeys", config.maxKeys())
        .addKeyValue("maxAge", config.maxAge().toString())
        .log("data keys are cached: what the key backend refuses from now on opens for that long");
    return cache;
  }

  private static List<DataKeyId> erasedKeys(Ledger ledger) {
    return ledger.view().erasedKeys().values().stream()
        .map(erasure -> erasure.entry().dataKeyId())
        .toList();
  }

  private static boolean mayBeHeld(LedgerView view, ModelVersion target) {
    return !view.erasedKeys().containsKey(target)
        && view.revocations().stream().noneMatch(r -> r.selector().deniesEverybody(target));
  }
}
