package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.keyservice.ledger.LedgerView.Holder;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import dev.strongroom.keyservice.ledger.LedgerView.Revocation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The standing revocations, found by the narrowest field that they name. */
final class RevocationBook {
  private final Map<RevocationId, Revocation> all = new LinkedHashMap<>();
  private final Map<String, List<Revocation>> byPod = new HashMap<>();
  private final Map<String, List<Revocation>> byProofKey = new HashMap<>();
  private final Map<String, List<Revocation>> bySubject = new HashMap<>();
  private final Map<ModelName, List<Revocation>> byModel = new HashMap<>();

  void add(Revocation revocation) {
    all.put(revocation.id(), revocation);
    RevocationSelector selector = revocation.selector();
    if (selector.podUid() != null) {
      put(byPod, selector.podUid(), revocation);
    } else if (selector.jkt() != null) {
      put(byProofKey, selector.jkt(), revocation);
      if (selector.lease() != null && selector.subject() != null) {
        put(bySubject, selector.subject(), revocation);
      }
    } else if (selector.subject() != null) {
      put(bySubject, selector.subject(), revocation);
    } else if (selector.model() != null) {
      put(byModel, selector.model(), revocation);
    }
  }

  private static <K> void put(Map<K, List<Revocation>> map, K key, Revocation revocation) {
    map.computeIfAbsent(key, absent -> new ArrayList<>(1)).add(revocation);
  }

  void lift(RevocationId id) {
    if (all.remove(id) != null) {
      drop(byPod, id);
      drop(byProofKey, id);
      drop(bySubject, id);
      drop(byModel, id);
    }
  }

  private static <K> void drop(Map<K, List<Revocation>> map, RevocationId id) {
    map.values().forEach(list -> list.removeIf(revocation -> revocation.id().equals(id)));
    map.values().removeIf(List::isEmpty);
  }

  boolean contains(RevocationId id) {
    return all.containsKey(id);
  }

  List<Revocation> list() {
    return List.copyOf(all.values());
  }

  /** A revocation that denies a new grant. */
  Optional<Revocation> ofAsker(Holder holder, ModelVersion target) {
    return all.isEmpty()
        ? Optional.empty()
        : find(holder, target, revocation -> meetsAsker(revocation.selector(), holder, target));
  }

  /** A revocation that ends a lease. */
  Optional<Revocation> ofLease(LeaseState lease) {
    return all.isEmpty()
        ? Optional.empty()
        : find(
            lease.holder(), lease.target(), revocation -> meetsLease(revocation.selector(), lease));
  }

  private Optional<Revocation> find(
      Holder holder, ModelVersion target, Predicate<Revocation> meets) {
    return first(holder.podUid() == null ? null : byPod.get(holder.podUid()), meets)
        .or(() -> first(byProofKey.get(holder.jkt()), meets))
        .or(() -> first(bySubject.get(holder.subject()), meets))
        .or(() -> first(byModel.get(target.model()), meets));
  }

  private static Optional<Revocation> first(
      @Nullable List<Revocation> list, Predicate<Revocation> meets) {
    return list == null ? Optional.empty() : list.stream().filter(meets).findFirst();
  }

  // Whoever has no pod can make a new proof key at will: its subject is denied that version too.
  private static boolean meetsAsker(
      RevocationSelector selector, Holder holder, ModelVersion target) {
    if (selector.lease() == null) {
      return meetsFields(selector, holder, target);
    }
    return selector.podUid() == null
        ? Objects.equals(selector.jkt(), holder.jkt())
            || (Objects.equals(selector.subject(), holder.subject())
                && meetsTarget(selector, target))
        : selector.podUid().equals(holder.podUid());
  }

  // Another process of the same subject has a lease of its own, which nobody revoked.
  private static boolean meetsLease(RevocationSelector selector, LeaseState lease) {
    if (selector.lease() == null) {
      return meetsFields(selector, lease.holder(), lease.target());
    }
    return selector.lease().equals(lease.id())
        || (selector.podUid() == null
            ? Objects.equals(selector.jkt(), lease.holder().jkt())
            : selector.podUid().equals(lease.holder().podUid()));
  }

  private static boolean meetsFields(
      RevocationSelector selector, Holder holder, ModelVersion target) {
    return (selector.subject() == null || selector.subject().equals(holder.subject()))
        && (selector.podUid() == null || selector.podUid().equals(holder.podUid()))
        && (selector.jkt() == null || selector.jkt().equals(holder.jkt()))
        && meetsTarget(selector, target);
  }

  private static boolean meetsTarget(RevocationSelector selector, ModelVersion target) {
    return (selector.model() == null || selector.model().equals(target.model()))
        && (selector.version() == null || selector.version().equals(target.version()));
  }
}
