/** Key bytes with a bounded lifetime, kept outside the heap. */
@NullMarked
package dev.strongroom.core.secret;

import org.jspecify.annotations.NullMarked;
