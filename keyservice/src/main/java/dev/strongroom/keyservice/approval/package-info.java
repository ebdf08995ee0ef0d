/** Policies that take effect when enough named approvers signed them. */
@NullMarked
package dev.strongroom.keyservice.approval;

import org.jspecify.annotations.NullMarked;
