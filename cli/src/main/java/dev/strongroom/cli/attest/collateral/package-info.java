/**
 * The folder of collateral that a key service reads: what is in it and how old, fetched from
 * vendors beside the service and never on a grant's way, and carried to machines without a network.
 */
@NullMarked
package dev.strongroom.cli.attest.collateral;

import org.jspecify.annotations.NullMarked;
