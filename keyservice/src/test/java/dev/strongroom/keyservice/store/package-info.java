@NullMarked
package dev.strongroom.keyservice.store;

import org.jspecify.annotations.NullMarked;
