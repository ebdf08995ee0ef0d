/** Leases after they were granted: renewal, push, wipe, revocation. */
@NullMarked
package dev.strongroom.keyservice.lease;

import org.jspecify.annotations.NullMarked;
