@NullMarked
package dev.strongroom.keyservice.policy.record;

import org.jspecify.annotations.NullMarked;
