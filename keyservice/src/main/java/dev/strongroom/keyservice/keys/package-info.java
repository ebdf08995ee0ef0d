/** The life of the KEK: its versions, and moving every data key to the newest. */
@NullMarked
package dev.strongroom.keyservice.keys;

import org.jspecify.annotations.NullMarked;
