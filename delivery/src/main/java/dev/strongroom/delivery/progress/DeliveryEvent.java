package dev.strongroom.delivery.progress;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.ProcessHardening;
import java.time.Duration;

/** What happens to a delivery and its lease, in the order in which it happens. No secrets. */
public sealed interface DeliveryEvent {
  /**
   * The process is ready to work.
   *
   * @param target the directory that is to appear
   * @param cryptoProvider of AES-GCM
   * @param cryptoNote why it is this one
   */
  record Started(
      ModelVersion model,
      String target,
      String cryptoProvider,
      String cryptoNote,
      ProcessHardening hardening)
      implements DeliveryEvent {}

  /** The service could not decide now, and is asked again. */
  record GrantTrouble(ProblemCode code, String message) implements DeliveryEvent {}

  /** The grant and everything beside it was verified. */
  record Granted(LeaseId lease, boolean attested, long leaseSeconds, int files, long plaintextBytes)
      implements DeliveryEvent {}

  /** A model left by an earlier process is this one, and is used. */
  record Reused(int files, long plaintextBytes) implements DeliveryEvent {}

  /** Some bytes of ciphertext were verified and their plaintext was placed. */
  record BytesPlaced(long plaintextBytes) implements DeliveryEvent {}

  /**
   * A range could not be read from storage and is tried again.
   *
   * @param host of the storage, with its port where the URL has one
   * @param attempt the one that failed, from 1
   */
  record SourceTrouble(String host, ProblemCode code, String message, int attempt)
      implements DeliveryEvent {}

  /** Every segment of a file was verified. */
  record FileWhole(int index, long plaintextBytes) implements DeliveryEvent {}

  /** Every file is whole and the directory is visible. */
  record Ready(int files, long plaintextBytes, Duration elapsed) implements DeliveryEvent {}

  /** The service has extended the lease. */
  record Renewed(LeaseId lease, long sequence, long leaseSeconds) implements DeliveryEvent {}

  /** A renewal or the event stream failed and is tried again. */
  record LeaseTrouble(LeaseId lease, ProblemCode code, String message) implements DeliveryEvent {}

  /** The lease ended. */
  record LeaseOver(LeaseId lease, Lease.EndCause cause, String reason) implements DeliveryEvent {}

  /** An init container leaves its model where it is; its lease is left to run out. */
  record Left(LeaseId lease) implements DeliveryEvent {
    static final String MEANING = "the model stays, and the lease runs out by itself";
  }

  /** What became of the consumer. */
  record ConsumerStopped(Lease.ConsumerEnd end) implements DeliveryEvent {}

  /** Our copy is gone. */
  record Wiped(long files, long bytes) implements DeliveryEvent {}

  /** The service has taken the acknowledgement, or not. */
  record Acknowledged(LeaseId lease, boolean received) implements DeliveryEvent {}

  /** Something failed, and this is how it ends. */
  record Failed(ProblemCode code, String message) implements DeliveryEvent {}
}
