@NullMarked
package dev.strongroom.delivery.attest.nvidia;

import org.jspecify.annotations.NullMarked;
