/** From a grant to files in memory, and back: the engine of the sidecar and the init container. */
@NullMarked
package dev.strongroom.delivery;

import org.jspecify.annotations.NullMarked;
