/** Tests of the catalog's tables. */
@NullMarked
package dev.strongroom.keyservice.catalog;

import org.jspecify.annotations.NullMarked;
