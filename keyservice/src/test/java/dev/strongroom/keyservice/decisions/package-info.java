/** Tests of the record of decisions. */
@NullMarked
package dev.strongroom.keyservice.decisions;

import org.jspecify.annotations.NullMarked;
