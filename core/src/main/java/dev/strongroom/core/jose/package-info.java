/**
 * Signed messages: compact JWS (RFC 7515) with two algorithms and a declared type, nothing else.
 */
@NullMarked
package dev.strongroom.core.jose;

import org.jspecify.annotations.NullMarked;
