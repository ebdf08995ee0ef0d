package dev.strongroom.core.exposure;

import dev.strongroom.core.event.Holding;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An exposure out of the entries of a log alone, in their order: what an auditor finds without
 * trusting the service. It keeps the grants that the scope covers, and nothing of the others.
 */
public final class ExposureOfLog {
  private static final long MILLIS = 1_000;

  private final ExposureScope scope;
  private final Map<LeaseId, Course> courses = new LinkedHashMap<>();

  public ExposureOfLog(ExposureScope scope) {
    this.scope = scope;
  }

  /** What the log has said of one lease so far. */
  private static final class Course {
    private final LeaseId lease;
    private final Holding holding;
    private final long index;
    private final long at;
    private final DataKeyId dataKeyId;
    private final DeliveryMode mode;
    private final ExpiryMode onExpiry;
    private long expiresAt;
    private Lease.@Nullable EndCause ended;
    private long endedAt;
    private @Nullable CopyState told;

    Course(long index, LogEvent.GrantIssued issued, Holding holding) {
      this.lease = issued.lease();
      this.holding = holding;
      this.index = index;
      this.at = issued.at();
      this.dataKeyId = issued.dataKeyId();
      this.mode = issued.mode();
      this.onExpiry = issued.onExpiry();
      this.expiresAt = issued.expiresAt();
    }

    ExposedGrant grant() {
      Lease.EndCause cause = ended;
      return ExposedGrant.of(
          lease,
          holding,
          index,
          at,
          dataKeyId,
          expiresAt,
          cause == null ? null : new ExposedGrant.End(cause, endedAt / MILLIS),
          CopyState.of(cause, mode, onExpiry, told));
    }
  }

  /** Takes the next entry. */
  public void take(long index, LogEvent event) {
    switch (event) {
      case LogEvent.GrantIssued issued -> {
        Holding holding = Holding.of(issued);
        if (scope.matches(holding, issued.at())) {
          courses.put(issued.lease(), new Course(index, issued, holding));
        }
      }
      case LogEvent.LeaseRenewed renewed -> {
        Course course = courses.get(renewed.lease());
        if (course != null) {
          course.expiresAt = renewed.expiresAt();
        }
      }
      case LogEvent.LeaseEnded ended -> {
        Course course = courses.get(ended.lease());
        if (course != null) {
          course.ended = ended.cause();
          course.endedAt = ended.at();
        }
      }
      case LogEvent.LeaseWiped wiped -> tell(wiped.lease(), CopyState.WIPED);
      case LogEvent.WipeUnconfirmed unconfirmed ->
          tell(unconfirmed.lease(), CopyState.WIPE_UNCONFIRMED);
      default -> {
        // Says nothing about what somebody holds.
      }
    }
  }

  private void tell(LeaseId lease, CopyState state) {
    Course course = courses.get(lease);
    if (course != null) {
      course.told = state;
    }
  }

  /** The grants that the scope covers, the newest first. */
  public List<ExposedGrant> grants() {
    List<ExposedGrant> grants = new ArrayList<>(courses.size());
    courses.values().forEach(course -> grants.add(course.grant()));
    Collections.reverse(grants);
    return grants;
  }
}
