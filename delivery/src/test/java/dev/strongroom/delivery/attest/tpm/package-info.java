@NullMarked
package dev.strongroom.delivery.attest.tpm;

import org.jspecify.annotations.NullMarked;
