/** Bytes with one spelling: the length-prefixed encoding of contexts, strict UTF-8, digests. */
@NullMarked
package dev.strongroom.core.encoding;

import org.jspecify.annotations.NullMarked;
