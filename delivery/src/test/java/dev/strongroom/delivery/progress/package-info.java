@NullMarked
package dev.strongroom.delivery.progress;

import org.jspecify.annotations.NullMarked;
