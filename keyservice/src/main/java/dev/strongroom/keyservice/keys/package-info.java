/** Key files of the service: made once, readable for their owner alone. */
@NullMarked
package dev.strongroom.keyservice.keys;

import org.jspecify.annotations.NullMarked;
