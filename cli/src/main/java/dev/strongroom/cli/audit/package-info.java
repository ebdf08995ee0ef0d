/** The log from the auditor's side: fetched, verified, read. */
@NullMarked
package dev.strongroom.cli.audit;

import org.jspecify.annotations.NullMarked;
