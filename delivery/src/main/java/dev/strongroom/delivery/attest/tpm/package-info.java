/** Evidence of TPMs 2.0, and the tools of the TPM software that it is asked for with. */
@NullMarked
package dev.strongroom.delivery.attest.tpm;

import org.jspecify.annotations.NullMarked;
