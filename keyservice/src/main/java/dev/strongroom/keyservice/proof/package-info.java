/** Freshness and proof of possession. */
@NullMarked
package dev.strongroom.keyservice.proof;

import org.jspecify.annotations.NullMarked;
