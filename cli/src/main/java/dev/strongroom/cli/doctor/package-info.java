/** Looks at a configuration or a connection step by step, and says what is wrong and what to do. */
@NullMarked
package dev.strongroom.cli.doctor;

import org.jspecify.annotations.NullMarked;
