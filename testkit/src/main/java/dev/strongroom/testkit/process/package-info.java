/** Processes of tests: starting, killing and looking into them. */
@NullMarked
package dev.strongroom.testkit.process;

import org.jspecify.annotations.NullMarked;
