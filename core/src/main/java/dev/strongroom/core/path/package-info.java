/** Paths of weight files: one spelling each, safe to create below any directory. */
@NullMarked
package dev.strongroom.core.path;

import org.jspecify.annotations.NullMarked;
