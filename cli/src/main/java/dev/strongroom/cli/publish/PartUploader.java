package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** Puts a part, again where that helps: with pauses that grow and are shaken, and new URLs. */
public final class PartUploader {
  private static final int MAX_ATTEMPTS = 8;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(20);

  private final PartStorage storage;
  private final Pause pause;
  private final RandomGenerator jitter;

  /**
   * @param jitter spreads the attempts of many publishers; not a secret
   */
  public PartUploader(PartStorage storage, Pause pause, RandomGenerator jitter) {
    this.storage = storage;
    this.pause = pause;
    this.jitter = jitter;
  }

  /**
   * Uploads the beginning of a buffer as one part.
   *
   * @param onRetry hears why an attempt failed
   * @return the ETag
   * @throws Problem {@link ProblemCode#STORAGE_UNAVAILABLE} when the attempts are used up, {@link
   *     ProblemCode#OBJECT_MISMATCH} when the storage no longer knows the upload
   */
  String put(PartUrls urls, int part, byte[] buffer, int length, Consumer<String> onRetry) {
    Upload.PartUrl url = urls.take(part);
    for (int attempt = 1; ; attempt++) {
      String failure;
      boolean newUrl = false;
      try {
        return storage.put(url, buffer, length);
      } catch (IOException e) {
        failure = String.valueOf(e.getClass().getSimpleName());
      } catch (StorageRefusedException e) {
        newUrl = e.wantsNewUrl();
        if (!newUrl && !e.isPassing()) {
          throw refused(e);
        }
        failure = "status " + e.status();
      }
      if (attempt == MAX_ATTEMPTS) {
        throw new Problem(
            ProblemCode.STORAGE_UNAVAILABLE,
            "a part could not be uploaded in "
                + MAX_ATTEMPTS
                + " attempts (last: "
                + failure
                + "); run the same command again to go on from here");
      }
      onRetry.accept(failure);
      pause.pause(pauseBefore(attempt));
      // A URL may also have lapsed while the storage could not be reached.
      url = newUrl || attempt > 2 ? urls.renew(part) : url;
    }
  }

  private Duration pauseBefore(int attempt) {
    long ceiling =
        Math.min(LONGEST_PAUSE.toMillis(), FIRST_PAUSE.toMillis() << Math.min(attempt - 1, 10));
    return Duration.ofMillis(jitter.nextLong(ceiling / 2, ceiling + 1));
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
