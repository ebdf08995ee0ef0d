package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.Holding;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
import java.util.function.Supplier;

/** The view from outside the ordering point: each question is answered from one state. */
final class LockedView implements LedgerView {
  private final LedgerView state;
  private final Lock lock;

  LockedView(LedgerView state, Lock lock) {
    this.state = state;
    this.lock = lock;
  }

  private <T> T ask(Supplier<T> question) {
    lock.lock();
    try {
      return question.get();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean nonceUsed(Sha256Digest nonceHash) {
    return ask(() -> state.nonceUsed(nonceHash));
  }

  @Override
  public long nonceHorizon() {
    return ask(state::nonceHorizon);
  }

  @Override
  public long nonceEpoch() {
    return ask(state::nonceEpoch);
  }

  @Override
  public Optional<Sha256Digest> policyDigest() {
    return ask(state::policyDigest);
  }

  @Override
  public AppliedPolicy policy() {
    return ask(state::policy);
  }

  @Override
  public Optional<LeaseState> lease(LeaseId id) {
    return ask(() -> state.lease(id));
  }

  @Override
  public List<LeaseState> liveLeases() {
    return ask(state::liveLeases);
  }

  @Override
  public List<LeaseState> awaitingWipe() {
    return ask(state::awaitingWipe);
  }

  @Override
  public List<LeaseId> supersededLeases() {
    return ask(state::supersededLeases);
  }

  @Override
  public Optional<LeaseState> liveLeaseOf(Holder holder, ModelVersion target) {
    return ask(() -> state.liveLeaseOf(holder, target));
  }

  @Override
  public Optional<Revocation> revocationOf(Holding asker) {
    return ask(() -> state.revocationOf(asker));
  }

  @Override
  public Optional<DueEnd> dueEnd(LeaseId id) {
    return ask(() -> state.dueEnd(id));
  }

  @Override
  public Map<ModelVersion, KeyErasure> erasedKeys() {
    return ask(() -> Map.copyOf(state.erasedKeys()));
  }

  @Override
  public Optional<KekErasure> kekErasure(Kek kek) {
    return ask(() -> state.kekErasure(kek));
  }

  @Override
  public List<Revocation> revocations() {
    return ask(state::revocations);
  }
}
