package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.ledger.LedgerView.End;
import dev.strongroom.keyservice.ledger.LedgerView.Holder;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Wipe;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The leases that live, and those that ended not long ago. */
final class LeaseBook {
  private final Map<LeaseId, LeaseState> live = new LinkedHashMap<>();
  private final Map<LeaseId, LeaseState> ended = new HashMap<>();
  private final TreeMap<Moment, LeaseId> settled = new TreeMap<>();
  private final TreeMap<Moment, LeaseId> unsettled = new TreeMap<>();
  private final Map<LeaseId, LeaseState> awaitingWipe = new LinkedHashMap<>();
  private final Map<Place, LeaseId> newest = new HashMap<>();
  private final HeldCount held = new HeldCount();
  private final Set<LeaseId> superseded = new HashSet<>();
  private final int maxSettled;

  /**
   * @param maxSettled how many ended leases of which nothing more is awaited are kept at most;
   *     those whose wipe is awaited are as many as ended within the time for an acknowledgement
   */
  LeaseBook(int maxSettled) {
    this.maxSettled = maxSettled;
  }

  /** When a lease ended; the later entry breaks ties. */
  private record Moment(long at, long index) implements Comparable<Moment> {
    static Moment of(End end) {
      return new Moment(end.at(), end.index());
    }

    @Override
    public int compareTo(Moment other) {
      return at == other.at ? Long.compare(index, other.index) : Long.compare(at, other.at);
    }
  }

  /** There is at most one live lease for a holder and a version, but for the moment of change. */
  private record Place(String holder, ModelVersion target) {
    static Place of(LeaseState lease) {
      return new Place(lease.holder().key(), lease.target());
    }
  }

  @Nullable LeaseState get(LeaseId id) {
    LeaseState lease = live.get(id);
    return lease == null ? ended.get(id) : lease;
  }

  List<LeaseState> live() {
    return List.copyOf(live.values());
  }

  /** How many live, without those that a newer one of the same holder replaces. */
  int held() {
    return live.size() - superseded.size();
  }

  int held(String subject) {
    return held.of(subject);
  }

  int held(String subject, ModelVersion target) {
    return held.of(subject, target);
  }

  List<LeaseState> awaitingWipe() {
    return List.copyOf(awaitingWipe.values());
  }

  Optional<LeaseState> newestOf(Holder holder, ModelVersion target) {
    LeaseId id = newest.get(new Place(holder.key(), target));
    return id == null ? Optional.empty() : Optional.ofNullable(live.get(id));
  }

  List<LeaseId> superseded() {
    return List.copyOf(superseded);
  }

  boolean isSuperseded(LeaseId id) {
    return superseded.contains(id);
  }

  /** A new live lease; the holder's earlier one for the same version is superseded by it. */
  void granted(LeaseState lease) {
    live.put(lease.id(), lease);
    LeaseId earlier = newest.put(Place.of(lease), lease.id());
    if (earlier == null) {
      held.add(lease);
    } else {
      superseded.add(earlier);
    }
  }

  /** A lease from the tables. */
  void restore(LeaseState lease, boolean isSuperseded) {
    if (lease.end() != null) {
      putEnded(lease, lease.end());
    } else {
      live.put(lease.id(), lease);
      if (isSuperseded) {
        superseded.add(lease.id());
      } else {
        newest.put(Place.of(lease), lease.id());
        held.add(lease);
      }
    }
  }

  /** A live lease with other values. */
  void renewed(LeaseState lease) {
    live.replace(lease.id(), lease);
  }

  void ended(LeaseState lease, End end) {
    live.remove(lease.id());
    superseded.remove(lease.id());
    if (newest.remove(Place.of(lease), lease.id())) {
      held.remove(lease);
    }
    putEnded(lease, end);
  }

  private void putEnded(LeaseState lease, End end) {
    ended.put(lease.id(), lease);
    if (lease.wipe() == Wipe.NOT_HEARD && lease.expectsWipe()) {
      awaitingWipe.put(lease.id(), lease);
      unsettled.put(Moment.of(end), lease.id());
    } else {
      settle(lease.id(), end);
    }
  }

  // Whatever the order in which leases settle, those that ended last stay: a state from the tables
  // is the one that a replay gives.
  private void settle(LeaseId id, End end) {
    settled.put(Moment.of(end), id);
    if (settled.size() > maxSettled) {
      ended.remove(settled.pollFirstEntry().getValue());
    }
  }

  /** What became of the plaintext of a lease that ended. */
  void wiped(LeaseState lease) {
    ended.replace(lease.id(), lease);
    awaitingWipe.remove(lease.id());
    End end = lease.end();
    if (end != null && unsettled.remove(Moment.of(end)) != null) {
      settle(lease.id(), end);
    }
  }

  /** Forgets leases that ended before this time. */
  void forgetBefore(long at) {
    while (!settled.isEmpty() && settled.firstKey().at() < at) {
      ended.remove(settled.pollFirstEntry().getValue());
    }
    while (!unsettled.isEmpty() && unsettled.firstKey().at() < at) {
      LeaseId id = unsettled.pollFirstEntry().getValue();
      ended.remove(id);
      awaitingWipe.remove(id);
    }
  }

  /** For comparisons in tests. */
  Set<Object> content() {
    Set<Object> content = new HashSet<>(live.values());
    content.addAll(ended.values());
    content.addAll(awaitingWipe.keySet());
    superseded.forEach(id -> content.add("superseded " + id));
    newest.forEach((place, id) -> content.add(place + " " + id));
    content.add(held.content());
    return content;
  }
}
