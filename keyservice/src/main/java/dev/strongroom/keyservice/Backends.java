package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.SqlCatalog;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.explain.ExplanationStore;
import dev.strongroom.keyservice.explain.SqlExplanationStore;
import dev.strongroom.keyservice.kms.KeyBackends;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.storage.ObjectStorage;
import dev.strongroom.keyservice.storage.s3.S3ObjectStorage;
import io.micrometer.core.instrument.MeterRegistry;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Deque;

/** What may live in another process or machine. */
record Backends(
    KeyRing kek, ObjectStorage storage, Catalog catalog, ExplanationStore explanations) {
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
    KeyRing kek =
        KeyBackends.openAll(
            config.kek(),
            config.formerKeks(),
            new WrappedKeyStore(base.store().jdbi())
                .heldWithout(base.ledger().view().erasedKeys().values()),
            random,
            meters);
    opened.push(kek);
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
        kek, storage, new SqlCatalog(base.store().jdbi(), CATALOG_CACHE), explanations);
  }
}
