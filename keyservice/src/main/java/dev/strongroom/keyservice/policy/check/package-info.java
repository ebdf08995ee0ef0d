/** What can be said of a policy before it is live: lint, test cases, differences. */
@NullMarked
package dev.strongroom.keyservice.policy.check;

import org.jspecify.annotations.NullMarked;
