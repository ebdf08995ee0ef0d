package dev.strongroom.keyservice.kms;

import dev.strongroom.core.id.Blob;

/**
 * A data key wrapped under a KEK. Kept in the store, never in the log: erasing it must be possible.
 *
 * @param backend the kind of backend, for example {@code tink}
 * @param kekId the KEK and its version, as the backend names them
 * @param ciphertext the wrapped bytes
 */
public record WrappedKey(String backend, String kekId, Blob ciphertext) {}
