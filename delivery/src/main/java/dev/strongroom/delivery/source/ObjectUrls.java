package dev.strongroom.delivery.source;

import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;

/**
 * The presigned URLs of the files of a version, checked when they come in: an allowed host, the
 * size that the manifest says, and {@code If-Match} among the headers, so that an object replaced
 * half way is noticed by the storage already. Safe for several threads; those that need the same
 * fresh URL ask for it once. An interrupt ends the delivery: the thread stops waiting, and nobody
 * asks any more.
 */
public final class ObjectUrls {
  private static final String STOPPED = "the delivery was stopped";

  private final Manifest manifest;
  private final StorageHosts hosts;
  private final UrlRefresher refresher;
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Integer, SignedGet> known = new HashMap<>();

  /** Guarded by the lock: whoever asked was interrupted, which ends the delivery. */
  private boolean stopped;

  /**
   * @param first the URLs that came with the grant
   * @param refresher for the others, and for those that expire
   * @throws Problem as {@link #current}
   */
  public ObjectUrls(
      Manifest manifest, StorageHosts hosts, List<ObjectUrl> first, UrlRefresher refresher) {
    this.manifest = manifest;
    this.hosts = hosts;
    this.refresher = refresher;
    take(first);
  }

  /** A checked URL; {@code headers} must be sent. */
  record SignedGet(URI url, Map<String, String> headers) {
    @Override
    public String toString() {
      return "SignedGet";
    }
  }

  /**
   * The URL of this file, asked for when it is not yet known.
   *
   * @throws Problem {@link ProblemCode#STORAGE_HOST_REFUSED}, {@link
   *     ProblemCode#CIPHERTEXT_LENGTH_MISMATCH} for another size than the manifest's, {@link
   *     ProblemCode#SOURCE_MISBEHAVED} for a URL without {@code If-Match} or for no URL, and
   *     whatever the service answers
   */
  SignedGet current(int file) {
    lock();
    try {
      SignedGet url = known.get(file);
      return url == null ? ask(file, unknownFrom(file)) : url;
    } finally {
      lock.unlock();
    }
  }

  private List<Integer> unknownFrom(int file) {
    int end = Math.min(manifest.files().size(), file + GrantResponse.MAX_OBJECTS);
    return IntStream.range(file, end).filter(i -> !known.containsKey(i)).boxed().toList();
  }

  /** The URL that follows an expired one. */
  @SuppressWarnings("ReferenceEquality") // whether somebody else has replaced it already
  SignedGet after(int file, SignedGet expired) {
    lock();
    try {
      SignedGet url = known.get(file);
      return url != null && url != expired ? url : ask(file, List.of(file));
    } finally {
      lock.unlock();
    }
  }

  // Who waits here behind somebody that asks must not have to ask, one after another, once the
  // delivery is over.
  private void lock() {
    try {
      lock.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SOURCE_UNAVAILABLE, STOPPED, e);
    }
    if (stopped) {
      lock.unlock();
      throw new Problem(ProblemCode.SOURCE_UNAVAILABLE, STOPPED);
    }
  }

  private SignedGet ask(int file, List<Integer> indexes) {
    try {
      take(refresher.refresh(indexes));
    } finally {
      stopped |= Thread.currentThread().isInterrupted();
    }
    SignedGet url = known.get(file);
    if (url == null) {
      throw new Problem(ProblemCode.SOURCE_MISBEHAVED, "the service sent no URL for file " + file);
    }
    return url;
  }

  private void take(List<ObjectUrl> urls) {
    for (ObjectUrl url : urls) {
      if (url.index() >= manifest.files().size()) {
        throw new Problem(
            ProblemCode.SOURCE_MISBEHAVED,
            "the service sent a URL for file " + url.index() + ", which the manifest has not");
      }
      URI checked = hosts.check(url.url());
      if (url.size() != manifest.files().get(url.index()).ciphertextSize()) {
        throw new Problem(
            ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
            "the object of file "
                + url.index()
                + " has another size in storage than in the manifest; it was replaced");
      }
      if (url.headers().keySet().stream().noneMatch("If-Match"::equalsIgnoreCase)) {
        throw new Problem(
            ProblemCode.SOURCE_MISBEHAVED,
            "the URL of file " + url.index() + " does not pin its object with If-Match");
      }
      requirePlain(url);
      known.put(url.index(), new SignedGet(checked, url.headers()));
    }
  }

  // They go into a request as they are.
  private static void requirePlain(ObjectUrl url) {
    boolean plain =
        url.headers().entrySet().stream()
            .allMatch(header ->
                header.getKey().chars().allMatch(c -> c > ' ' && c < 127 && c != ':')
                    && header.getValue().chars().allMatch(c -> c >= ' ' && c < 127));
    if (!plain) {
      throw new Problem(
          ProblemCode.SOURCE_MISBEHAVED,
          "the URL of file " + url.index() + " has a header that cannot be sent");
    }
  }
}
