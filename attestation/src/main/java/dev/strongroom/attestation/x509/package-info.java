/** Certificate chains that end in pinned roots. */
@NullMarked
package dev.strongroom.attestation.x509;

import org.jspecify.annotations.NullMarked;
