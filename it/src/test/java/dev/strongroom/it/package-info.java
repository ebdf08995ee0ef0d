@NullMarked
package dev.strongroom.it;

import org.jspecify.annotations.NullMarked;
