/** Sealing a data key to a workload's key: HPKE (RFC 9180), by a library. */
@NullMarked
package dev.strongroom.core.seal;

import org.jspecify.annotations.NullMarked;
