/** Documents of AWS Nitro enclaves, asked for from the Nitro Security Module through its driver. */
@NullMarked
package dev.strongroom.delivery.attest.nitro;

import org.jspecify.annotations.NullMarked;
