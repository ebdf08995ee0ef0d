@NullMarked
package dev.strongroom.keyservice.ledger;

import org.jspecify.annotations.NullMarked;
