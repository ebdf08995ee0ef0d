/** The requests of the grant protocol, from the caller's side. */
@NullMarked
package dev.strongroom.delivery.client;

import org.jspecify.annotations.NullMarked;
