/** Reads JSON of strangers. */
@NullMarked
package dev.strongroom.attestation.json;

import org.jspecify.annotations.NullMarked;
