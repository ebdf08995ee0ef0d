@NullMarked
package dev.strongroom.delivery.retry;

import org.jspecify.annotations.NullMarked;
