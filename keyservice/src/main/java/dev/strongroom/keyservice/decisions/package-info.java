/** Keeps what the policy was asked and answered. */
@NullMarked
package dev.strongroom.keyservice.decisions;

import org.jspecify.annotations.NullMarked;
