package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The messages about a lease after it was granted. */
public final class Lease {
  private Lease() {}

  /**
   * Body of {@code POST /v1/leases/ID/renew}.
   *
   * @param sequence one more than in the last statement, from 1: a renewal is not repeated
   */
  public record Renew(long sequence) {
    public Renew {
      Require.that(sequence >= 1, "a renewal is numbered from 1");
    }
  }

  /** Answer to {@link Renew}: a {@code strongroom-lease+jwt} with {@link Statement} inside. */
  public record Renewed(String statement) {
    public Renewed {
      Require.present(statement, "statement");
    }
  }

  /**
   * The service's word on a lease that lives on.
   *
   * @param sequence of the renewal that it answers
   * @param leaseSeconds from the sending of the renewal
   */
  public record Statement(
      String format,
      String iss,
      LeaseId lease,
      String jkt,
      long sequence,
      long iat,
      long exp,
      long leaseSeconds,
      long renewAfterSeconds,
      long graceSeconds) {
    public static final String FORMAT = "strongroom-lease/v1";

    public Statement {
      FormatCheck.check(format, FORMAT);
      Require.present(iss, "iss");
      Require.present(lease, "lease");
      Require.present(jkt, "jkt");
      Require.that(
          leaseSeconds > 0 && renewAfterSeconds > 0 && renewAfterSeconds < leaseSeconds,
          "a lease is renewed before it ends");
    }
  }

  /** Why a lease ended. */
  public enum EndCause {
    EXPIRED,
    REVOKED,
    SUPERSEDED,
    RELEASED;

    /**
     * Whether an acknowledgement of a wipe is to be expected after such an end. Not when the lease
     * ran out and the grant let the weights stay: nobody stays behind an init container, and {@code
     * keep-serving} is what it says; both stand in the log with the grant. After a revocation an
     * acknowledgement is always due, and where none comes somebody has to see to the pod.
     */
    public boolean expectsWipe(DeliveryMode mode, ExpiryMode onExpiry) {
      boolean mayStay = mode == DeliveryMode.INIT || onExpiry == ExpiryMode.KEEP_SERVING;
      return this != EXPIRED || !mayStay;
    }

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT);
    }

    @JsonCreator
    public static EndCause ofWireName(String wireName) {
      for (EndCause cause : values()) {
        if (cause.wireName().equals(wireName)) {
          return cause;
        }
      }
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST,
          "a lease ends as expired, revoked, superseded or released");
    }
  }

  /**
   * A pushed event: one {@code data:} line of {@code GET /v1/leases/ID/events} (text/event-stream)
   * is a {@code strongroom-lease-event+jwt} with this payload. The stream closes after it.
   *
   * @param cause why the lease ended
   * @param reason for people; null where none was given
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Event(
      String format,
      String iss,
      LeaseId lease,
      String jkt,
      EndCause cause,
      @Nullable String reason,
      long iat) {
    public static final String FORMAT = "strongroom-lease-event/v1";

    public Event {
      FormatCheck.check(format, FORMAT);
      Require.present(iss, "iss");
      Require.present(lease, "lease");
      Require.present(jkt, "jkt");
      Require.present(cause, "cause");
    }
  }

  /** What became of the process that read the weights. */
  public enum ConsumerEnd {
    /** It was told to stop and it did, or it was killed; it is confirmed gone. */
    ENDED,
    /** No consumer was known to the sidecar. */
    NONE_KNOWN,
    /** It could not be confirmed that the consumer ended. */
    UNCONFIRMED;

    @JsonValue
    public String wireName() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    @JsonCreator
    public static ConsumerEnd ofWireName(String wireName) {
      for (ConsumerEnd end : values()) {
        if (end.wireName().equals(wireName)) {
          return end;
        }
      }
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "a consumer's end is ended, none-known or unconfirmed");
    }
  }

  /**
   * Body of {@code POST /v1/leases/ID/wiped}: the acknowledgement of a wipe, and its extent. It
   * says that our copy is gone, never that a copy made by the consumer is.
   *
   * @param cause why the holder wiped
   * @param files the number of files overwritten, truncated and unlinked
   * @param bytes of plaintext wiped
   * @param consumer what became of the consumer
   * @param copiesPossible whether a consumer that could read the plaintext may have copied it
   */
  public record Wiped(
      EndCause cause, long files, long bytes, ConsumerEnd consumer, boolean copiesPossible) {
    public Wiped {
      Require.present(cause, "cause");
      Require.present(consumer, "consumer");
      Require.that(files >= 0 && bytes >= 0, "a wipe has no negative extent");
    }
  }

  /** Body of {@code POST /v1/leases/ID/urls}: indexes of files, 1 to 256 of them. */
  public record UrlsWanted(List<Integer> indexes) {
    public UrlsWanted {
      indexes = List.copyOf(Require.present(indexes, "indexes"));
      Require.that(
          !indexes.isEmpty() && indexes.size() <= GrantResponse.MAX_OBJECTS,
          "ask for 1 to 256 files at once");
    }
  }

  /** Answer to {@link UrlsWanted}. */
  public record Urls(List<ObjectUrl> objects) {
    public Urls {
      objects = List.copyOf(Require.present(objects, "objects"));
    }
  }
}
