package dev.strongroom.keyservice.proof;

import dev.strongroom.core.encoding.Sha256Digest;

/**
 * A nonce that this service made and that has not run out. Whether it was used is for the ordering
 * point to say.
 *
 * @param hash what the log keeps of it
 * @param expiresAt seconds since the epoch
 */
public record CheckedNonce(Sha256Digest hash, long expiresAt) {}
