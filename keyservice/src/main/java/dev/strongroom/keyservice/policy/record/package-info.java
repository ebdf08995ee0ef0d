/** What the policy was asked and answered, kept to be judged again by another. */
@NullMarked
package dev.strongroom.keyservice.policy.record;

import org.jspecify.annotations.NullMarked;
