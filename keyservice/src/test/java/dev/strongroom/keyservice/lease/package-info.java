@NullMarked
package dev.strongroom.keyservice.lease;

import org.jspecify.annotations.NullMarked;
