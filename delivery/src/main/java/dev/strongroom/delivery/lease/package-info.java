/** The time that a right lasts, and what happens at its end. */
@NullMarked
package dev.strongroom.delivery.lease;

import org.jspecify.annotations.NullMarked;
