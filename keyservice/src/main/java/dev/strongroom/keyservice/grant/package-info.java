/** The grant flow: the main corridor of the service. */
@NullMarked
package dev.strongroom.keyservice.grant;

import org.jspecify.annotations.NullMarked;
