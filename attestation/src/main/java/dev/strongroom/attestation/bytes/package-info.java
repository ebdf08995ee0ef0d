/** Reads the binary formats of evidence. */
@NullMarked
package dev.strongroom.attestation.bytes;

import org.jspecify.annotations.NullMarked;
