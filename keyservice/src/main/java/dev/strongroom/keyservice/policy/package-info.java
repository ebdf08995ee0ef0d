/** What they may do, and why not. */
@NullMarked
package dev.strongroom.keyservice.policy;

import org.jspecify.annotations.NullMarked;
