/**
 * SVIDs as identities (SPIFFE). The client of the Workload API, SPIFFE IDs and bundles are those of
 * java-spiffe; what is accepted is decided here, at a clock that is passed in.
 */
@NullMarked
package dev.strongroom.keyservice.identity.spiffe;

import org.jspecify.annotations.NullMarked;
