/** Attestation evidence (RFC 9334): each type has a verifier, and without one it is refused. */
@NullMarked
package dev.strongroom.keyservice.evidence;

import org.jspecify.annotations.NullMarked;
