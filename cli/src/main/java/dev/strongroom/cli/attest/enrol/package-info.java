/**
 * Enrolment of attestation keys of TPMs by credential activation: what the node does with its TPM,
 * what the operator's side does with the certificate, and the files between them.
 */
@NullMarked
package dev.strongroom.cli.attest.enrol;

import org.jspecify.annotations.NullMarked;
