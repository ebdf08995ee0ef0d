/** A TPM in software, for tests. */
@NullMarked
package dev.strongroom.testkit.tpm;

import org.jspecify.annotations.NullMarked;
