@NullMarked
package dev.strongroom.delivery.client;

import org.jspecify.annotations.NullMarked;
