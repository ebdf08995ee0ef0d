package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.RevocationSelector;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.keyservice.ledger.LedgerView.Revocation;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The standing revocations, found by the narrowest field that they name. What the evidence of a
 * holder says is read only while a revocation stands that is found by it.
 */
final class RevocationBook {
  private static final String ANY = "";

  private final Map<RevocationId, Revocation> all = new LinkedHashMap<>();
  private final Map<Field, Map<String, List<Revocation>>> byField = new EnumMap<>(Field.class);

  /** What a revocation is found by, the narrowest first. */
  private enum Field {
    POD,
    PROOF_KEY,
    SUBJECT,
    CHIP,
    MEASUREMENT,
    IMAGE,
    NODE,
    MODEL,
    /** A TCB or a type of evidence alone: each holder is compared. */
    NONE;

    /** The value that a selector names. */
    @Nullable String of(RevocationSelector selector) {
      return switch (this) {
        case POD -> selector.podUid();
        case PROOF_KEY -> selector.jkt();
        case SUBJECT -> selector.subject();
        case CHIP -> selector.chip();
        case MEASUREMENT -> selector.measurement();
        case IMAGE -> selector.image();
        case NODE -> selector.node();
        case MODEL -> selector.model() == null ? null : selector.model().value();
        case NONE -> ANY;
      };
    }

    /** The values that a holder has. */
    Collection<String> of(Holding holding) {
      return switch (this) {
        case POD -> one(holding.podUid());
        case PROOF_KEY -> List.of(holding.jkt());
        case SUBJECT -> holding.subjects();
        case CHIP -> holding.platform().chips();
        case MEASUREMENT -> holding.platform().measurements();
        case IMAGE -> holding.place().images();
        case NODE -> one(holding.place().node());
        case MODEL -> List.of(holding.target().model().value());
        case NONE -> Set.of(ANY);
      };
    }

    private static List<String> one(@Nullable String value) {
      return value == null ? List.of() : List.of(value);
    }
  }

  void add(Revocation revocation) {
    all.put(revocation.id(), revocation);
    RevocationSelector selector = revocation.selector();
    for (Field field : Field.values()) {
      String value = field.of(selector);
      if (value != null) {
        put(field, value, revocation);
        break;
      }
    }
    // Whoever has no pod can make a new proof key: it is looked for by its subject too.
    if (selector.lease() != null && selector.podUid() == null && selector.subject() != null) {
      put(Field.SUBJECT, selector.subject(), revocation);
    }
  }

  private void put(Field field, String value, Revocation revocation) {
    byField
        .computeIfAbsent(field, absent -> new HashMap<>())
        .computeIfAbsent(value, absent -> new ArrayList<>(1))
        .add(revocation);
  }

  void lift(RevocationId id) {
    if (all.remove(id) != null) {
      byField.values().forEach(byValue -> drop(byValue, id));
      byField.values().removeIf(Map::isEmpty);
    }
  }

  private static void drop(Map<String, List<Revocation>> byValue, RevocationId id) {
    byValue.values().forEach(list -> list.removeIf(revocation -> revocation.id().equals(id)));
    byValue.values().removeIf(List::isEmpty);
  }

  boolean contains(RevocationId id) {
    return all.containsKey(id);
  }

  List<Revocation> list() {
    return List.copyOf(all.values());
  }

  /** A revocation that denies a new grant. */
  Optional<Revocation> ofAsker(Holding asker) {
    return find(asker, revocation -> meetsAsker(revocation.selector(), asker));
  }

  /** A revocation that ends a lease. */
  Optional<Revocation> ofLease(Holding lease) {
    return find(lease, revocation -> meetsLease(revocation.selector(), lease));
  }

  private Optional<Revocation> find(Holding holding, Predicate<Revocation> meets) {
    for (Map.Entry<Field, Map<String, List<Revocation>>> field : byField.entrySet()) {
      for (String value : field.getKey().of(holding)) {
        for (Revocation revocation : field.getValue().getOrDefault(value, List.of())) {
          if (meets.test(revocation)) {
            return Optional.of(revocation);
          }
        }
      }
    }
    return Optional.empty();
  }

  // Whoever has no pod can make a new proof key at will: its subject is denied that version too.
  private static boolean meetsAsker(RevocationSelector selector, Holding asker) {
    if (selector.lease() == null) {
      return selector.matches(asker);
    }
    return selector.podUid() == null
        ? Objects.equals(selector.jkt(), asker.jkt())
            || (Objects.equals(selector.subject(), asker.subject())
                && selector.matchesTarget(asker.target()))
        : selector.podUid().equals(asker.podUid());
  }

  /**
   * Whether a revocation ends a lease. Another process of the same subject has a lease of its own,
   * which nobody revoked.
   */
  static boolean meetsLease(RevocationSelector selector, Holding lease) {
    if (selector.lease() == null) {
      return selector.matches(lease);
    }
    return selector.lease().equals(lease.lease())
        || (selector.podUid() == null
            ? Objects.equals(selector.jkt(), lease.jkt())
            : selector.podUid().equals(lease.podUid()));
  }
}
