/** Looks for what is wrong with a configuration before a start. */
@NullMarked
package dev.strongroom.keyservice.config.check;

import org.jspecify.annotations.NullMarked;
