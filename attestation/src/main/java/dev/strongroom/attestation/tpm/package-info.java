/**
 * Quotes of TPM 2.0 (TCG, Trusted Platform Module Library, Part 2: Structures, revision 1.59): the
 * structures as the TPM marshals them, and what must hold before anything of them is believed.
 */
@NullMarked
package dev.strongroom.attestation.tpm;

import org.jspecify.annotations.NullMarked;
