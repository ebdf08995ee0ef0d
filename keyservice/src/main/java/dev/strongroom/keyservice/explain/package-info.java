/** Explanations of decisions, kept for operators. */
@NullMarked
package dev.strongroom.keyservice.explain;

import org.jspecify.annotations.NullMarked;
