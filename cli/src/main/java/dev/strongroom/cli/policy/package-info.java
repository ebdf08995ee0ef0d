/** Policies on this machine: files, approvals, and how their differences are told. */
@NullMarked
package dev.strongroom.cli.policy;

import org.jspecify.annotations.NullMarked;
