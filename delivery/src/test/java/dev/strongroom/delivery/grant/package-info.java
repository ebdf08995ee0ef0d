@NullMarked
package dev.strongroom.delivery.grant;

import org.jspecify.annotations.NullMarked;
