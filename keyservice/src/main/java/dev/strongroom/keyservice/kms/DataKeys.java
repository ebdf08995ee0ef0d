package dev.strongroom.keyservice.kms;

import dev.strongroom.core.event.DataKeySource;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.secret.SecretBytes;
import java.util.function.Predicate;

/**
 * Opens the data keys of grants: with the key backend each time, or out of what is held from
 * another grant. Whatever must see the backend itself (moving, erasing, checking) uses {@link
 * KeyWrapper}. Thread-safe; calls block.
 */
@FunctionalInterface
public interface DataKeys {

  /**
   * Opens a data key.
   *
   * @throws dev.strongroom.core.problem.Problem as {@link KeyWrapper} says
   */
  Opened open(WrappedKey wrapped, WrapContext context);

  /** Wipes what is held of these versions, before it returns; nothing where nothing is held. */
  default void forget(Predicate<ModelVersion> versions) {}

  /** Wipes what is held of data keys under these, before it returns. */
  default void forgetUnder(Predicate<KekVersion> keks) {}

  /**
   * A data key and where it came from.
   *
   * @param key closed by who opened it
   */
  record Opened(SecretBytes key, DataKeySource source) {}

  /** With the key backend each time; nothing is held. */
  static DataKeys of(KeyWrapper kek) {
    return (wrapped, context) -> new Opened(kek.unwrap(wrapped, context), DataKeySource.BACKEND);
  }
}
