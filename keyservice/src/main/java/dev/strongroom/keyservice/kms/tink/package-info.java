/** A KEK in a Tink keyset file. */
@NullMarked
package dev.strongroom.keyservice.kms.tink;

import org.jspecify.annotations.NullMarked;
