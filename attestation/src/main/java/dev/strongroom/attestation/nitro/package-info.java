/**
 * Attestation documents of AWS Nitro Enclaves: "Nitro Enclaves Attestation Process" of the
 * aws-nitro-enclaves-nsm-api project and "Verifying the root of trust" of the user guide.
 *
 * <p>The CBOR (RFC 8949) is read by {@link CborReader} and not by a library: those at hand take
 * indefinite lengths, tags and numbers in longer form than needed wherever they stand, without a
 * way to say no.
 */
@NullMarked
package dev.strongroom.attestation.nitro;

import org.jspecify.annotations.NullMarked;
