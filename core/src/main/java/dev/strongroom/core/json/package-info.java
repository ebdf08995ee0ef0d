/** JSON with one spelling (RFC 8785), and a parser that refuses whatever is ambiguous. */
@NullMarked
package dev.strongroom.core.json;

import org.jspecify.annotations.NullMarked;
