@NullMarked
package dev.strongroom.keyservice.grant;

import org.jspecify.annotations.NullMarked;
