package dev.strongroom.cli.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.source.StorageHosts;
import java.net.URI;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Where parts may be sent. The origins that the publisher names; where none is named, that of the
 * first URL and no other, so that the service cannot spread a model over places one by one, and the
 * publisher is told which it is. Safe for several threads.
 */
public final class UploadOrigins {
  private final Consumer<String> onFirst;
  private @Nullable StorageHosts hosts;

  /**
   * @param named origins such as {@code https://s3.example.org}; may be empty
   * @param onFirst hears the origin that was taken because none was named
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} for a text that is no origin
   */
  public UploadOrigins(List<String> named, Consumer<String> onFirst) {
    this.onFirst = onFirst;
    this.hosts = named.isEmpty() ? null : StorageHosts.of(named);
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
      hosts = known;
      onFirst.accept(known.toString());
    }
    return known;
  }
}
