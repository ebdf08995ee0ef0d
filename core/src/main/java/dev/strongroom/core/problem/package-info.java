/** Refusals with stable codes. */
@NullMarked
package dev.strongroom.core.problem;

import org.jspecify.annotations.NullMarked;
