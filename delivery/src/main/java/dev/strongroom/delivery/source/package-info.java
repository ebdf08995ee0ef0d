/** Where ciphertext comes from: ranges of objects, and the right to read them. */
@NullMarked
package dev.strongroom.delivery.source;

import org.jspecify.annotations.NullMarked;
