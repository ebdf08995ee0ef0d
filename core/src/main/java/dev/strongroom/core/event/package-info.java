/**
 * The typed events of the log ({@code docs/spec/audit-log.md}): allow-listed fields, identifiers
 * and digests only.
 */
@NullMarked
package dev.strongroom.core.event;

import org.jspecify.annotations.NullMarked;
