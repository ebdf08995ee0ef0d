/** How a version comes to be. */
@NullMarked
package dev.strongroom.keyservice.publish;

import org.jspecify.annotations.NullMarked;
