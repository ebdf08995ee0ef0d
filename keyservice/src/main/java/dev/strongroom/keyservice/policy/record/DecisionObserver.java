package dev.strongroom.keyservice.policy.record;

import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Decision;

/** Hears of each decision, on the thread that asked: it must be quick and must not throw. */
@FunctionalInterface
public interface DecisionObserver {
  void decided(AccessRequest request, Decision decision);
}
