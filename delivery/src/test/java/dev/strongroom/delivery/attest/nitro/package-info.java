@NullMarked
package dev.strongroom.delivery.attest.nitro;

import org.jspecify.annotations.NullMarked;
