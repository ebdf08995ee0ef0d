@NullMarked
package dev.strongroom.delivery.agent;

import org.jspecify.annotations.NullMarked;
