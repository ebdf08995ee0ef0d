package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.catalog.WrappedKeyStore;
import dev.strongroom.keyservice.http.Readiness;
import dev.strongroom.keyservice.keys.HeldKeys;
import dev.strongroom.keyservice.keys.MissingVersions;
import dev.strongroom.keyservice.kms.KeyCanary;
import dev.strongroom.keyservice.kms.KeyRing;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;

/** Whether key backends do what is asked of them, each under a name of its own. */
final class KeyBackendProbe {
  private static final String CHECK = "keyBackend.";

  private KeyBackendProbe() {}

  static List<Readiness.Check> of(
      KeyRing ring, HeldKeys held, WrappedKeyStore store, SecureRandom random) {
    MissingVersions missing = new MissingVersions(store);
    List<Readiness.Check> checks = new ArrayList<>();
    checks.add(
        new Readiness.Check(
            CHECK + ring.inUse().name(),
            () -> {
              KeyCanary.send(ring.inUse().kek(), random);
              held.require(ring.inUse());
              missing.requireNone(ring.inUse());
            }));
    for (KeyRing.Member former : ring.formers()) {
      checks.add(
          new Readiness.Check(CHECK + former.name(), () -> look(former, held, missing, store)));
    }
    return checks;
  }

  // A former KEK need not wrap any more, and is missed by nobody when nothing is under it.
  private static void look(
      KeyRing.Member former, HeldKeys held, MissingVersions missing, WrappedKeyStore store) {
    try {
      var _ = former.kek().status();
      held.require(former);
      missing.requireNone(former);
    } catch (Problem e) {
      if (store.held().keySet().stream().anyMatch(former::covers)) {
        throw e;
      }
    }
  }
}
