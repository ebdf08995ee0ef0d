package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import dev.strongroom.keyservice.keys.HeldKeys;
import dev.strongroom.keyservice.kms.KekVersion;
import dev.strongroom.keyservice.kms.KeyBackends;
import dev.strongroom.keyservice.kms.KeyRing;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Jdbi;

/**
 * Whether the KEKs that are configured open what the store holds, as a start asks it: a start that
 * would be refused is told before. Reads the store beside a running service, and writes nothing.
 */
final class StoredKeysCheck {
  private static final String TOPIC = "store";
  private static final String NO_START = "the service does not start before that is mended";

  private final KeyServiceConfig config;
  private final Path file;
  private final List<Finding> findings = new ArrayList<>();

  private StoredKeysCheck(KeyServiceConfig config) {
    this.config = config;
    this.file = config.dataDir().resolve("store.db").toAbsolutePath();
  }

  /** Checks; nothing is found where there is no store yet. */
  static List<Finding> check(KeyServiceConfig config) {
    StoredKeysCheck check = new StoredKeysCheck(config);
    // A start that broke off leaves an empty one.
    if (OwnerOnlyFile.isPresent(check.file) && check.file.toFile().length() > 0) {
      check.stored();
    }
    return check.findings;
  }

  private void stored() {
    WrappedKeyStore store =
        new WrappedKeyStore(Jdbi.create("jdbc:sqlite:file:" + file + "?mode=ro"));
    Map<KekVersion, Long> held;
    try {
      held = store.held();
    } catch (Problem e) {
      findings.add(
          Finding.warning(
              TOPIC,
              "the store " + file + " cannot be read",
              "it is of an earlier release, or not yours to read: what its data keys are under was"
                  + " not compared with the configuration"));
      return;
    }
    if (!isAKeysetMissing(held)) {
      compare(store, held);
    }
  }

  // Opening would make it where nothing is lost by that, which is not for a check to do.
  private boolean isAKeysetMissing(Map<KekVersion, Long> held) {
    if (!(config.kek() instanceof KekConfig.Tink(Path keyset)) || OwnerOnlyFile.isPresent(keyset)) {
      return false;
    }
    long under =
        held.entrySet().stream()
            .filter(each -> each.getKey().backend().equals(TinkKeyWrapper.BACKEND))
            .mapToLong(Map.Entry::getValue)
            .sum();
    if (under > 0 && config.formerKeks().stream().noneMatch(KekConfig.Tink.class::isInstance)) {
      findings.add(
          Finding.error(
              TOPIC,
              "data keys that are under keys of a keyset file: "
                  + under
                  + ", and the KEK file "
                  + keyset
                  + " is not there",
              "restore it from its backup; " + NO_START));
    }
    return true;
  }

  private void compare(WrappedKeyStore store, Map<KekVersion, Long> held) {
    try (KeyRing keks =
        KeyBackends.openAll(
            config.kek(),
            config.formerKeks(),
            held,
            new SecureRandom(),
            new SimpleMeterRegistry())) {
      HeldKeys keys = new HeldKeys(keks, store, List::of);
      keks.members().forEach(member -> compare(keys, member, held));
    } catch (Problem e) {
      // What a backend says when it is opened alone is found by the check of that KEK.
      if (e.code() == ProblemCode.KEK_NOT_CONFIGURED) {
        findings.add(Finding.error(TOPIC, said(e), NO_START));
      }
    }
  }

  private void compare(HeldKeys keys, KeyRing.Member member, Map<KekVersion, Long> held) {
    long dataKeys =
        held.entrySet().stream()
            .filter(each -> member.covers(each.getKey()))
            .mapToLong(Map.Entry::getValue)
            .sum();
    String what = "data keys that are under the KEK '" + member.name() + "': " + dataKeys;
    try {
      keys.require(member);
      findings.add(Finding.ok(TOPIC, what + (dataKeys == 0 ? "" : "; it opens them")));
    } catch (Problem e) {
      findings.add(
          e.code() == ProblemCode.KEK_NOT_CONFIGURED
              ? Finding.error(TOPIC, said(e), NO_START)
              : Finding.warning(
                  TOPIC,
                  what + "; whether it opens them was not seen: " + said(e),
                  "the service is not ready before they open"));
    }
  }

  private static String said(Problem e) {
    return e.getMessage() + " (" + e.code().wireName() + ")";
  }
}
