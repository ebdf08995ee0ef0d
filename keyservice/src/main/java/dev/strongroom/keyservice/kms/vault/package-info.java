/** A KEK in the transit engine of HashiCorp Vault or OpenBao. */
@NullMarked
package dev.strongroom.keyservice.kms.vault;

import org.jspecify.annotations.NullMarked;
