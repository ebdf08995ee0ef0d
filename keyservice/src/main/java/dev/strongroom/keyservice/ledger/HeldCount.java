package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.keyservice.ledger.LedgerView.LeaseState;
import java.util.HashMap;
import java.util.Map;

/** How many live leases each subject has, without those that a newer one replaces. */
final class HeldCount {
  private final Map<String, Integer> bySubject = new HashMap<>();
  private final Map<OfVersion, Integer> byVersion = new HashMap<>();

  private record OfVersion(String subject, ModelVersion target) {}

  int of(String subject) {
    return bySubject.getOrDefault(subject, 0);
  }

  int of(String subject, ModelVersion target) {
    return byVersion.getOrDefault(new OfVersion(subject, target), 0);
  }

  void add(LeaseState lease) {
    String subject = lease.holder().subject();
    bySubject.merge(subject, 1, Integer::sum);
    byVersion.merge(new OfVersion(subject, lease.target()), 1, Integer::sum);
  }

  void remove(LeaseState lease) {
    String subject = lease.holder().subject();
    bySubject.computeIfPresent(subject, (key, count) -> less(count));
    byVersion.computeIfPresent(new OfVersion(subject, lease.target()), (key, count) -> less(count));
  }

  // Who has none left is forgotten: subjects come and go.
  private static @org.jspecify.annotations.Nullable Integer less(int count) {
    return count == 1 ? null : Integer.valueOf(count - 1);
  }

  /** For comparisons in tests. */
  Object content() {
    return bySubject
        + " "
        + byVersion.size()
        + " "
        + byVersion.values().stream().mapToInt(each -> each).sum();
  }
}
