package dev.strongroom.keyservice.identity;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** Where a key set comes from. */
interface JwksLoader {

  /**
   * The set.
   *
   * @return empty when it is known to be unchanged since the last successful call
   * @throws IOException when it cannot be had
   */
  Optional<byte[]> load() throws IOException, InterruptedException;

  /** Tells the loader that what it gave was unusable, so that it gives it again. */
  void forget();

  /** How often it is worth asking. */
  Duration every();

  /** For messages. */
  String name();
}
