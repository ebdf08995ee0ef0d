@NullMarked
package dev.strongroom.keyservice.evidence;

import org.jspecify.annotations.NullMarked;
