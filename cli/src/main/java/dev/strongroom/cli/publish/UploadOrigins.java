package dev.strongroom.cli.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.source.StorageHosts;
import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where parts may be sent. The origins that the publisher names; where none is named, that of the
 * first URL and no other, in later runs of the same publication neither, so that the service cannot
 * spread a model over places one by one, and the publisher is told which it is. An origin without
 * TLS is not taken like that, unless it is this machine. Safe for several threads.
 */
public final class UploadOrigins {
  private final Consumer<String> onFirst;
  private @Nullable StorageHosts hosts;
  private @Nullable UploadJournal journal;

  /**
   * @param named origins such as {@code https://s3.example.org}; may be empty
   * @param onFirst hears the origin that was taken because none was named
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} for a text that is no origin
   */
  public UploadOrigins(List<String> named, Consumer<String> onFirst) {
    this.onFirst = onFirst;
    this.hosts = named.isEmpty() ? null : StorageHosts.of(named);
  }

  /** Keeps to the origin in this journal, and notes there what is taken. Call it before a check. */
  synchronized void keepIn(UploadJournal earlier) {
    journal = earlier;
    if (hosts == null) {
      hosts = earlier.storage().map(StorageHosts::ofUrl).orElse(null);
    }
  }

  /**
   * The URL, when parts may be sent there. No exception repeats more of it than the origin.
   *
   * @throws Problem {@link ProblemCode#STORAGE_HOST_REFUSED} when they may not, or it is no URL
   */
  URI check(String url) {
    return hosts(url).check(url);
  }

  private synchronized StorageHosts hosts(String url) {
    StorageHosts known = hosts;
    if (known == null) {
      known = StorageHosts.ofUrl(url);
      String origin = known.toString();
      requirePrivate(origin);
      if (journal != null) {
        journal.storageChosen(origin);
      }
      hosts = known;
      onFirst.accept(origin);
    }
    return known;
  }

  // A presigned URL is a secret: whoever reads it may write in its place.
  private static void requirePrivate(String origin) {
    URI uri = URI.create(origin);
    if (uri.getScheme().equals("http") && !isThisMachine(uri.getHost())) {
      throw new Problem(
          ProblemCode.STORAGE_HOST_REFUSED,
          "the service sent an upload URL without TLS, at "
              + origin
              + "; if that is the storage and the network is trusted, name it with --storage "
              + origin);
    }
  }

  private static boolean isThisMachine(String host) {
    if (host.equals("localhost")) {
      return true;
    }
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException e) {
      // A name: what it stands for is for the network to say.
      return false;
    }
  }
}
