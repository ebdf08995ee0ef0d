package dev.strongroom.core.exposure;

import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How much a scope covers.
 *
 * @param workloads subjects
 * @param pods pods of these, and processes without one
 * @param versions model versions, each with one data key
 * @param machines that evidence tells apart by their chips
 * @param live leases that live on
 * @param wipeAwaited leases that ended, whose holder has yet to say that it wiped
 * @param wipeUnconfirmed leases that ended, and whose holder did not say so in time
 * @param left leases that ran out where the grant lets the weights stay
 */
public record ExposureTotals(
    long grants,
    long workloads,
    long pods,
    long versions,
    long machines,
    long live,
    long wiped,
    long wipeAwaited,
    long wipeUnconfirmed,
    long left) {

  /**
   * Adds up. What it keeps grows with the workloads, pods, versions and machines that it has seen,
   * not with the grants.
   */
  public static final class Tally {
    private final Set<String> workloads = new HashSet<>();
    private final Set<String> pods = new HashSet<>();
    private final Set<String> versions = new HashSet<>();
    private final Set<List<String>> machines = new HashSet<>();
    private final Map<CopyState, Long> copies = new EnumMap<>(CopyState.class);
    private long grants;

    public void add(ExposedGrant grant) {
      grants++;
      workloads.add(grant.subject());
      pods.add(grant.podUid() == null ? grant.jkt() : grant.podUid());
      versions.add(grant.model() + ":" + grant.version());
      if (!grant.chips().isEmpty()) {
        machines.add(grant.chips());
      }
      copies.merge(grant.copy(), 1L, Long::sum);
    }

    public ExposureTotals totals() {
      return new ExposureTotals(
          grants,
          workloads.size(),
          pods.size(),
          versions.size(),
          machines.size(),
          count(CopyState.LIVE),
          count(CopyState.WIPED),
          count(CopyState.WIPE_AWAITED),
          count(CopyState.WIPE_UNCONFIRMED),
          count(CopyState.LEFT));
    }

    private long count(CopyState state) {
      return copies.getOrDefault(state, 0L);
    }
  }
}
