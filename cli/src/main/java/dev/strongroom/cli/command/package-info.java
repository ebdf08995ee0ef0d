/** One class for each command: arguments in, calls of the other rooms, output out. */
@NullMarked
package dev.strongroom.cli.command;

import org.jspecify.annotations.NullMarked;
