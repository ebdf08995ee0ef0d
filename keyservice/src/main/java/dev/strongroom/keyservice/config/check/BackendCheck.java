package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.PemFile;
import dev.strongroom.keyservice.config.StorageConfig;
import dev.strongroom.keyservice.config.StorageKeys;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import dev.strongroom.keyservice.kms.KeyCanary;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.kms.vault.VaultKeyWrapper;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** Checks what may live elsewhere, by using it: the KEK and the storage. Writes nothing there. */
final class BackendCheck {
  private static final String KEK = "kek";
  private static final String STORAGE = "storage";

  private final StorageProbe storageProbe;
  private final List<Finding> findings = new ArrayList<>();

  private BackendCheck(StorageProbe storageProbe) {
    this.storageProbe = storageProbe;
  }

  /** Reaches a storage and asks whether the bucket is there. */
  @FunctionalInterface
  interface StorageProbe {
    /**
     * @throws Problem when it is not
     */
    void reach(StorageConfig storage);
  }

  static List<Finding> check(KeyServiceConfig config, StorageProbe storageProbe) {
    BackendCheck check = new BackendCheck(storageProbe);
    check.kek(config.kek());
    check.storage(config.storage());
    return check.findings;
  }

  private void kek(KekConfig config) {
    switch (config) {
      case KekConfig.Tink(Path file) -> {
        if (!OwnerOnlyFile.isPresent(file)) {
          findings.add(
              Finding.warning(
                  KEK,
                  "the KEK file " + file + " is not there",
                  "nothing at a first start: it is made then. Otherwise restore it from its"
                      + " backup; the service does not start without it"));
          return;
        }
        attempt(
            KEK,
            "the KEK in " + file + " wraps and unwraps",
            "restore it from its backup, with mode 600",
            () -> {
              try (TinkKeyWrapper wrapper = TinkKeyWrapper.open(file, false)) {
                KeyCanary.send(wrapper, new SecureRandom());
              }
            });
      }
      case KekConfig.Vault vault ->
          attempt(
              KEK,
              "the KEK " + vault.mount() + "/" + vault.key() + " of Vault wraps and unwraps",
              "see docs/guide/key-backends.md for the policy and the key that Vault needs",
              () -> {
                try (VaultKeyWrapper wrapper = VaultKeyWrapper.open(vault)) {
                  KeyCanary.send(wrapper, new SecureRandom());
                }
              });
    }
  }

  private void storage(StorageConfig storage) {
    if ("http".equals(storage.endpoint().getScheme())) {
      findings.add(
          Finding.warning(
              STORAGE,
              "the storage " + storage.endpoint() + " is reached without TLS",
              "use https where the network is not this machine: presigned URLs are secrets"));
    }
    if (authorities(storage) && credentials(storage)) {
      attempt(
          STORAGE,
          "the bucket " + storage.bucket() + " at " + storage.endpoint() + " is reached",
          "check the endpoint, the region, the name of the bucket and what the credentials allow:"
              + " nothing is published or delivered without it",
          () -> storageProbe.reach(storage));
    }
  }

  private boolean authorities(StorageConfig storage) {
    Path file = storage.caFile();
    return file == null
        || attempt(
            STORAGE,
            "the authorities of the storage are read",
            "write them as PEM",
            () -> {
              var _ = PemFile.certificates(file);
            });
  }

  private boolean credentials(StorageConfig storage) {
    return switch (storage.credentials()) {
      case StorageConfig.Credentials.DefaultChain() -> {
        findings.add(Finding.ok(STORAGE, "the storage's credentials come from this environment"));
        yield true;
      }
      case StorageConfig.Credentials.File(Path file) ->
          attempt(
              STORAGE,
              "the storage's credentials " + file + " are read",
              "write accessKey and secretKey into a file with mode 600",
              () -> {
                var _ = StorageKeys.read(file);
              });
    };
  }

  private boolean attempt(String topic, String good, String toDo, Runnable use) {
    try {
      use.run();
      findings.add(Finding.ok(topic, good));
      return true;
    } catch (Problem e) {
      findings.add(
          Finding.error(
              topic,
              "not so that " + good + ": " + e.getMessage() + " (" + e.code().wireName() + ")",
              toDo));
      return false;
    }
  }
}
