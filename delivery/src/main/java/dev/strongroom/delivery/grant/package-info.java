/** What a holder checks before it opens a data key. */
@NullMarked
package dev.strongroom.delivery.grant;

import org.jspecify.annotations.NullMarked;
