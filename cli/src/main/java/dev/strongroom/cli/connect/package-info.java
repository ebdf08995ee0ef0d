/** The way to the key service: who it must be, who we are, and requests bound to a key. */
@NullMarked
package dev.strongroom.cli.connect;

import org.jspecify.annotations.NullMarked;
