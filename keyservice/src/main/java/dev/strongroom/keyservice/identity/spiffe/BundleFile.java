package dev.strongroom.keyservice.identity.spiffe;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.identity.FileJwksLoader;
import io.spiffe.spiffeid.TrustDomain;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The bundle of one trust domain in a file. Looked at every two seconds; one that cannot be read
 * leaves the last one in use for a while.
 */
final class BundleFile implements BundleSource {
  private static final Logger LOG = LoggerFactory.getLogger(BundleFile.class);

  private final Path file;
  private final FileJwksLoader loader;
  private final Duration keepFor;
  private final InstantSource clock;
  private @Nullable DomainBundle bundle;
  private Instant lookedAt = Instant.MIN;
  private Instant goodAt = Instant.MIN;

  BundleFile(Path file, Duration keepFor, InstantSource clock) {
    this.file = file;
    this.loader = new FileJwksLoader(file);
    this.keepFor = keepFor;
    this.clock = clock;
  }

  @Override
  public synchronized DomainBundle bundle(TrustDomain domain) {
    Instant now = clock.instant();
    // A clock that was set back makes a look due, too.
    if (bundle == null || now.isBefore(lookedAt) || !now.isBefore(lookedAt.plus(loader.every()))) {
      lookedAt = now;
      look(now);
    }
    DomainBundle current = bundle;
    if (current == null || !now.isBefore(goodAt.plus(keepFor))) {
      throw DomainBundle.unavailable(
          domain.getName(), "the file " + file + " holds none that can be used");
    }
    return current;
  }

  private void look(Instant now) {
    try {
      Optional<byte[]> bytes = loader.load();
      if (bytes.isPresent()) {
        bundle = BundleJson.parse(bytes.get());
      }
      goodAt = now;
    } catch (IOException | Problem e) {
      loader.forget();
      LOG.warn("the trust bundle {} cannot be used: {}", file, e.getMessage());
    }
  }

  @Override
  public void close() {
    // Nothing is held open.
  }
}
