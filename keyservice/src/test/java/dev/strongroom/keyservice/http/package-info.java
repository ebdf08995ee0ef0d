/** Tests of the listeners with real connections. */
@NullMarked
package dev.strongroom.keyservice.http;

import org.jspecify.annotations.NullMarked;
