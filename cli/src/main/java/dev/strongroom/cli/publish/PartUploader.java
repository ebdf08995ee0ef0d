package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/** Puts a part, again where that helps: with pauses that grow and are shaken, and new URLs. */
public final class PartUploader {
  private static final RetryLimits PATIENCE =
      new RetryLimits(Duration.ofMillis(200), Duration.ofSeconds(20), Duration.ofMinutes(3));

  private final PartStorage storage;
  private final Timing timing;

  public PartUploader(PartStorage storage, Timing timing) {
    this.storage = storage;
    this.timing = timing;
  }

  /**
   * Uploads the beginning of a buffer as one part.
   *
   * @param onRetry hears why an attempt failed
   * @return the ETag
   * @throws Problem {@link ProblemCode#STORAGE_UNAVAILABLE} when it does not succeed in time,
   *     {@link ProblemCode#OBJECT_MISMATCH} when the storage no longer knows the upload
   */
  String put(PartUrls urls, int part, byte[] buffer, int length, Consumer<String> onRetry) {
    Retry retry = new Retry(PATIENCE, timing);
    Upload.PartUrl url = urls.take(part);
    while (true) {
      String failure;
      try {
        return storage.put(url, buffer, length);
      } catch (IOException e) {
        failure = e.getClass().getSimpleName();
      } catch (StorageRefusedException e) {
        if (!e.wantsNewUrl() && !e.isPassing()) {
          throw refused(e);
        }
        failure = "status " + e.status();
      }
      onRetry.accept(failure);
      retry.pauseOrThrow(unavailable(failure));
      // It may have lapsed, also while the storage could not be reached.
      url = urls.renew(part);
    }
  }

  private static Problem unavailable(String failure) {
    return new Problem(
        ProblemCode.STORAGE_UNAVAILABLE,
        "a part could not be uploaded ("
            + failure
            + "); run the same command again to go on from here");
  }

  private static Problem refused(StorageRefusedException e) {
    if (e.status() == 404) {
      return new Problem(
          ProblemCode.OBJECT_MISMATCH,
          "the storage no longer knows this upload; abandon the draft (strongroom version abandon)"
              + " and publish again",
          e);
    }
    return new Problem(
        ProblemCode.STORAGE_UNAVAILABLE,
        "the storage refused a part with status "
            + e.status()
            + "; ask who runs the key service to look at the storage's settings",
        e);
  }
}
