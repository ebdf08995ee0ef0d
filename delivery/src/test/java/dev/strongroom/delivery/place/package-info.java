@NullMarked
package dev.strongroom.delivery.place;

import org.jspecify.annotations.NullMarked;
