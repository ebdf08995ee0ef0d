package dev.strongroom.keyservice.policy.record;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.keyservice.policy.AccessRequest;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Policy;
import java.util.List;
import java.util.function.Supplier;

/** The policy in force, with others who hear of its decisions. */
public final class ObservedPolicy implements Supplier<Policy> {
  private final Supplier<? extends Policy> source;
  private final List<DecisionObserver> observers;

  public ObservedPolicy(Supplier<? extends Policy> source, List<DecisionObserver> observers) {
    this.source = source;
    this.observers = List.copyOf(observers);
  }

  @Override
  public Policy get() {
    return new Observed(source.get());
  }

  private final class Observed implements Policy {
    private final Policy policy;

    Observed(Policy policy) {
      this.policy = policy;
    }

    @Override
    public Decision decide(AccessRequest request) {
      Decision decision = policy.decide(request);
      for (DecisionObserver observer : observers) {
        observer.decided(request, decision);
      }
      return decision;
    }

    @Override
    public Decision consider(AccessRequest request) {
      return policy.consider(request);
    }

    @Override
    public Sha256Digest digest() {
      return policy.digest();
    }
  }
}
