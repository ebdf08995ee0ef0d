/** SVIDs, their bundles and their rules. */
@NullMarked
package dev.strongroom.keyservice.identity.spiffe;

import org.jspecify.annotations.NullMarked;
