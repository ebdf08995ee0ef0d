/** The one ordering point: check, append, project. */
@NullMarked
package dev.strongroom.keyservice.ledger;

import org.jspecify.annotations.NullMarked;
