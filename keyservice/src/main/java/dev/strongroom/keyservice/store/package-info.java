/** The embedded SQL store and its migrations. */
@NullMarked
package dev.strongroom.keyservice.store;

import org.jspecify.annotations.NullMarked;
