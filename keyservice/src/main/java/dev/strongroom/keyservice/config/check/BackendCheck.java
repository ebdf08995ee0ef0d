package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.PemFile;
import dev.strongroom.keyservice.config.StorageConfig;
import dev.strongroom.keyservice.config.StorageKeys;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Checks what may live elsewhere, by using it: the KEK and the storage. Leaves nothing there. */
final class BackendCheck {
  private static final String STORAGE = "storage";

  private final StorageProbe storageProbe;
  private final List<Finding> findings = new ArrayList<>();

  private BackendCheck(StorageProbe storageProbe) {
    this.storageProbe = storageProbe;
  }

  /** Reaches a storage and tries what publishing and delivery need of its bucket. */
  @FunctionalInterface
  interface StorageProbe {
    /**
     * @throws Problem when something of it does not work
     */
    void reach(StorageConfig storage);
  }

  static List<Finding> check(KeyServiceConfig config, StorageProbe storageProbe) {
    BackendCheck check = new BackendCheck(storageProbe);
    check.findings.addAll(keys(config));
    check.storage(config.storage());
    return check.findings;
  }

  static List<Finding> keys(KeyServiceConfig config) {
    List<Finding> findings = new ArrayList<>(KekCheck.check(config.kek(), config.formerKeks()));
    findings.addAll(StoredKeysCheck.check(config));
    return findings;
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
          "the bucket " + storage.bucket() + " at " + storage.endpoint(),
          "takes uploads and reads",
          "cannot be used",
          "nothing is published or delivered before that is mended",
          () -> storageProbe.reach(storage));
    }
  }

  private boolean authorities(StorageConfig storage) {
    Path file = storage.caFile();
    return file == null
        || attempt(
            STORAGE,
            "the authorities of the storage",
            "are read",
            "cannot be read",
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
              "the storage's credentials " + file,
              "are read",
              "cannot be read",
              "write accessKey and secretKey into a file with mode 600",
              () -> {
                var _ = StorageKeys.read(file);
              });
    };
  }

  private boolean attempt(
      String topic, String what, String good, String bad, String toDo, Runnable use) {
    try {
      use.run();
      findings.add(Finding.ok(topic, what + " " + good));
      return true;
    } catch (Problem e) {
      findings.add(
          Finding.error(
              topic,
              what + " " + bad + ": " + e.getMessage() + " (" + e.code().wireName() + ")",
              toDo));
      return false;
    }
  }
}
