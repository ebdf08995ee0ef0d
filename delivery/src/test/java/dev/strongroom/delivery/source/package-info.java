@NullMarked
package dev.strongroom.delivery.source;

import org.jspecify.annotations.NullMarked;
