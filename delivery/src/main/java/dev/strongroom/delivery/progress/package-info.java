/** One stream of events about a delivery and its lease, and those who listen to it. */
@NullMarked
package dev.strongroom.delivery.progress;

import org.jspecify.annotations.NullMarked;
