@NullMarked
package dev.strongroom.delivery;

import org.jspecify.annotations.NullMarked;
