/** Hardware that is not there: its evidence, signed under roots of the tests' own. */
@NullMarked
package dev.strongroom.testkit.attest;

import org.jspecify.annotations.NullMarked;
