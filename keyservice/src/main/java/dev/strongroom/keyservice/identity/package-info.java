/** Who is asking. */
@NullMarked
package dev.strongroom.keyservice.identity;

import org.jspecify.annotations.NullMarked;
