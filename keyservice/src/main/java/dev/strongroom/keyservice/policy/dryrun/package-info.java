/** A candidate that judges live traffic without effect. */
@NullMarked
package dev.strongroom.keyservice.policy.dryrun;

import org.jspecify.annotations.NullMarked;
