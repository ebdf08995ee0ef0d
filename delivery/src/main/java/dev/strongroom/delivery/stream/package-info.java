/** Ranges of ciphertext in, verified plaintext out. */
@NullMarked
package dev.strongroom.delivery.stream;

import org.jspecify.annotations.NullMarked;
