/** How often and how long something is tried again. */
@NullMarked
package dev.strongroom.delivery.retry;

import org.jspecify.annotations.NullMarked;
