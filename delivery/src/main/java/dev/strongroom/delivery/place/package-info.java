/** Where plaintext goes: memory that is checked, filled, published and wiped. */
@NullMarked
package dev.strongroom.delivery.place;

import org.jspecify.annotations.NullMarked;
