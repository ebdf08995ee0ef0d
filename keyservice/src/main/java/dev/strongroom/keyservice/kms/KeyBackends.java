package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.awskms.AwsKmsKeyWrapper;
import dev.strongroom.keyservice.kms.pkcs11.Pkcs11KeyWrapper;
import dev.strongroom.keyservice.kms.pkcs11.Pkcs11Uri;
import dev.strongroom.keyservice.kms.tink.RemovedKeyset;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.kms.vault.VaultKeyWrapper;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Every key backend there is, and what stands around it: the one place that knows all. */
public final class KeyBackends {
  private static final Logger LOG = LoggerFactory.getLogger(KeyBackends.class);

  private KeyBackends() {}

  /**
   * Opens the KEK in use and the former ones: each measured, and guarded where it is not in this
   * process.
   *
   * <p>A former KEK that is gone and that nothing is under is no refusal: whoever erased it, or has
   * the backend's own tool do it, need not change the configuration before the next restart.
   *
   * @param held how many data keys are under each KEK version
   * @throws Problem {@link ProblemCode#KEK_NOT_CONFIGURED} when data keys are under a KEK that is
   *     none of these; {@link ProblemCode#CONFIGURATION_INVALID} when two of these cannot be told
   *     apart by what a wrapped key says; and with the code of what else is wrong
   */
  public static KeyRing openAll(
      KekConfig kek,
      List<KekConfig> formerKeks,
      Map<KekVersion, Long> held,
      RandomGenerator random,
      MeterRegistry meters) {
    requireDistinct(kek, formerKeks);
    List<KeyRing.Member> formers = new ArrayList<>();
    try {
      Map<String, Integer> ofKind = new HashMap<>();
      for (KekConfig former : formerKeks) {
        int nth = ofKind.merge(name(former), 1, Integer::sum);
        String name = name(former) + ".former" + (nth == 1 ? "" : Integer.toString(nth));
        IfGone ifGone = isNeeded(former, held.keySet()) ? IfGone.REFUSE : IfGone.SAY_SO;
        formers.add(open(former, name, ifGone, random, meters));
      }
      // A KEK may be made where nothing was ever wrapped under one of its kind that is missing now.
      boolean nothingIsLost =
          held.keySet().stream()
              .filter(version -> version.backend().equals(name(kek)))
              .allMatch(version -> formers.stream().anyMatch(f -> f.covers(version)));
      IfGone ifGone = nothingIsLost ? IfGone.MAKE : IfGone.REFUSE;
      KeyRing ring = new KeyRing(open(kek, name(kek), ifGone, random, meters), formers);
      formers.clear();
      return requireCovered(ring, held);
    } catch (RuntimeException e) {
      formers.forEach(former -> former.kek().close());
      throw e;
    }
  }

  /** What to do where a KEK is not in its place. */
  private enum IfGone {
    REFUSE,
    /** Where the backend is one that makes KEKs. */
    MAKE,
    /** Opens it all the same, so that its end can be asked for and recorded. */
    SAY_SO
  }

  // Which keys a keyset file had is not known without it: what misses them is found afterwards.
  private static boolean isNeeded(KekConfig former, Set<KekVersion> held) {
    return !(former instanceof KekConfig.Tink)
        && held.stream()
            .anyMatch(version ->
                version.backend().equals(name(former)) && kekIds(former).contains(version.kekId()));
  }

  /** Opens one KEK alone, as the one in use. Makes none. */
  public static KeyWrapper open(KekConfig config, RandomGenerator random, MeterRegistry meters) {
    return open(config, name(config), IfGone.REFUSE, random, meters).kek();
  }

  private static KeyRing.Member open(
      KekConfig config, String name, IfGone ifGone, RandomGenerator random, MeterRegistry meters) {
    boolean saySo = ifGone == IfGone.SAY_SO;
    return switch (config) {
      case KekConfig.Tink(Path file) ->
          (saySo ? RemovedKeyset.find(file) : Optional.<RemovedKeyset>empty())
              .map(removed -> removed(removed, name, file))
              .orElseGet(() -> keyset(file, name, ifGone == IfGone.MAKE, meters));
      case KekConfig.Pkcs11 pkcs11 ->
          guarded(
              config,
              name,
              saySo
                  ? Pkcs11KeyWrapper.openUnneeded(pkcs11, random)
                  : Pkcs11KeyWrapper.open(pkcs11, random),
              pkcs11.limits(),
              random,
              meters);
      // Looks for no key when it opens.
      case KekConfig.Awskms aws ->
          guarded(config, name, AwsKmsKeyWrapper.open(aws), aws.limits(), random, meters);
      case KekConfig.Vault vault ->
          guarded(
              config,
              name,
              saySo ? VaultKeyWrapper.openUnneeded(vault) : VaultKeyWrapper.open(vault),
              vault.limits(),
              random,
              meters);
    };
  }

  private static KeyRing.Member keyset(
      Path file, String name, boolean mayBeMade, MeterRegistry meters) {
    TinkKeyWrapper keyset = TinkKeyWrapper.open(file, mayBeMade);
    return new KeyRing.Member(
        name,
        TinkKeyWrapper.BACKEND,
        TinkKeyWrapper.KEK,
        new MeteredKeyWrapper(keyset, name, meters),
        keyset::holds);
  }

  private static KeyRing.Member removed(RemovedKeyset removed, String name, Path file) {
    LOG.atWarn()
        .addKeyValue("file", file)
        .log("the former KEK is gone: unless something is under it, take it out of formerKeks");
    return new KeyRing.Member(
        name, TinkKeyWrapper.BACKEND, TinkKeyWrapper.KEK, removed, version -> false);
  }

  private static KeyRing.Member guarded(
      KekConfig config,
      String name,
      KeyWrapper backend,
      KekLimits limits,
      RandomGenerator random,
      MeterRegistry meters) {
    List<String> ids = kekIds(config);
    return new KeyRing.Member(
        name,
        name(config),
        ids.getFirst(),
        new MeteredKeyWrapper(
            GuardedKeyWrapper.of(backend, name, limits, random, meters), name, meters),
        version -> version.backend().equals(name(config)) && ids.contains(version.kekId()));
  }

  /**
   * Refuses KEKs that a wrapped key could not tell apart. Opens none.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} that says which
   */
  public static void requireDistinct(KekConfig kek, List<KekConfig> formerKeks) {
    Set<String> seen = new HashSet<>();
    List<KekConfig> all = new ArrayList<>(formerKeks);
    all.addFirst(kek);
    for (KekConfig each : all) {
      for (String id : kekIds(each)) {
        if (!seen.add(name(each) + " " + id)) {
          throw new Problem(
              ProblemCode.CONFIGURATION_INVALID,
              "formerKeks: the KEK "
                  + id
                  + " of the backend "
                  + name(each)
                  + " is there twice. Wrapped keys name their KEK by backend and this name: to move"
                  + " between two places of one backend, make the new KEK under another name");
        }
      }
    }
  }

  /** What wrapped keys may call the KEK; the first is what new ones call it. */
  private static List<String> kekIds(KekConfig config) {
    return switch (config) {
      // All keysets have one name in wrapped keys, and are told apart by the ids of their keys.
      case KekConfig.Tink tink ->
          List.of(tink.keysetFile().toAbsolutePath().normalize().toString());
      case KekConfig.Pkcs11 pkcs11 -> List.of(Pkcs11Uri.parse(pkcs11.uri()).object());
      case KekConfig.Awskms aws ->
          Stream.concat(Stream.of(aws.keyArn()), aws.replicaArns().stream()).toList();
      case KekConfig.Vault vault -> List.of(vault.mount() + "/" + vault.key());
    };
  }

  private static KeyRing requireCovered(KeyRing ring, Map<KekVersion, Long> held) {
    try {
      requireNoOverlap(ring, held.keySet());
      for (Map.Entry<KekVersion, Long> entry : held.entrySet()) {
        KekVersion version = entry.getKey();
        if (!ring.covers(version)) {
          requireNoneRemoved(ring, version);
          throw new Problem(
              ProblemCode.KEK_NOT_CONFIGURED,
              entry.getValue()
                  + " data keys are under the KEK "
                  + version.kekId()
                  + (version.version().isEmpty() ? "" : " version " + version.version())
                  + " of the backend "
                  + version.backend()
                  + ", which is neither kek nor one of formerKeks: name it there again, run"
                  + " 'strongroom keys migrate', and remove it when 'strongroom keys status' says"
                  + " that it may be");
        }
      }
      return ring;
    } catch (Problem e) {
      ring.close();
      throw e;
    }
  }

  // Most likely the key was in the keyset file that is missing.
  private static void requireNoneRemoved(KeyRing ring, KekVersion version) {
    for (KeyRing.Member former : ring.formers()) {
      if (former.kek() instanceof RemovedKeyset removed
          && version.backend().equals(former.backend())) {
        throw removed.missed();
      }
    }
  }

  // Two keyset files with a key of one id: a copy of a file, most likely.
  private static void requireNoOverlap(KeyRing ring, Set<KekVersion> versions) {
    for (KekVersion version : versions) {
      long covering = ring.formers().stream().filter(former -> former.covers(version)).count();
      if (covering + (ring.inUse().covers(version) ? 1 : 0) > 1) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID,
            "formerKeks: two keyset files have the key "
                + version.version()
                + "; remove the copy, so that it is known where a data key is");
      }
    }
  }

  /** The name of the backend, as in the configuration, in wrapped keys and in metrics. */
  public static String name(KekConfig config) {
    return switch (config) {
      case KekConfig.Tink _ -> TinkKeyWrapper.BACKEND;
      case KekConfig.Pkcs11 _ -> Pkcs11KeyWrapper.BACKEND;
      case KekConfig.Awskms _ -> AwsKmsKeyWrapper.BACKEND;
      case KekConfig.Vault _ -> VaultKeyWrapper.BACKEND;
    };
  }
}
