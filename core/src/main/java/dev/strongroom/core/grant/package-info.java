/**
 * The messages of the grant protocol ({@code docs/spec/grant-protocol.md}): records that validate
 * what they are made from.
 */
@NullMarked
package dev.strongroom.core.grant;

import org.jspecify.annotations.NullMarked;
