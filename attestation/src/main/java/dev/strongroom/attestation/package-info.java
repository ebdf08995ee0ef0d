/**
 * Verifies attestation evidence (RFC 9334): evidence, endorsements, the expected binding and a time
 * go in; claims made from verified bytes alone, or a refusal with a stable code, come out. There is
 * no I/O, no network and no clock of its own in here, and no state but bounded caches of what was
 * verified.
 */
@NullMarked
package dev.strongroom.attestation;

import org.jspecify.annotations.NullMarked;
