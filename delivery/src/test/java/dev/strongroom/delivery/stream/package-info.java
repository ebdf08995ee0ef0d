@NullMarked
package dev.strongroom.delivery.stream;

import org.jspecify.annotations.NullMarked;
