@NullMarked
package dev.strongroom.keyservice.posture;

import org.jspecify.annotations.NullMarked;
