/**
 * Identifiers as types: each validates its form, so that a name that exists is a name that is
 * allowed.
 */
@NullMarked
package dev.strongroom.core.id;

import org.jspecify.annotations.NullMarked;
