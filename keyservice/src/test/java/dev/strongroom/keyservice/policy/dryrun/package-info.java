/** Tests of candidates that judge live traffic. */
@NullMarked
package dev.strongroom.keyservice.policy.dryrun;

import org.jspecify.annotations.NullMarked;
