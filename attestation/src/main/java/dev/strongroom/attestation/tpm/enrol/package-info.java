/**
 * Enrolment of attestation keys: the verifier's side of credential activation (TCG, Trusted
 * Platform Module Library, Part 1: Architecture, revision 1.59, section 24), in plain JCA.
 */
@NullMarked
package dev.strongroom.attestation.tpm.enrol;

import org.jspecify.annotations.NullMarked;
