/** The encrypted form of a file: Tink's streaming format, opened and made segment by segment. */
@NullMarked
package dev.strongroom.core.weights;

import org.jspecify.annotations.NullMarked;
