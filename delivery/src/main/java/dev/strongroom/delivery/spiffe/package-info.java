/** The SVIDs of this workload, from the SPIFFE Workload API. */
@NullMarked
package dev.strongroom.delivery.spiffe;

import org.jspecify.annotations.NullMarked;
