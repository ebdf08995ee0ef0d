/** The command line {@code strongroom}: its entry, its exit codes and how failures are told. */
@NullMarked
package dev.strongroom.cli;

import org.jspecify.annotations.NullMarked;
