/** Wrapping data keys under key encryption keys. */
@NullMarked
package dev.strongroom.keyservice.kms;

import org.jspecify.annotations.NullMarked;
