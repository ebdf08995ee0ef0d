/** SPIFFE without SPIRE: trust domains that sign, and a Workload API that hands SVIDs out. */
@NullMarked
package dev.strongroom.testkit.spiffe;

import org.jspecify.annotations.NullMarked;
