@NullMarked
package dev.strongroom.delivery.lease;

import org.jspecify.annotations.NullMarked;
