@NullMarked
package dev.strongroom.delivery.attest;

import org.jspecify.annotations.NullMarked;
