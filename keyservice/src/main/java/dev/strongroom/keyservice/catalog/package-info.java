/** Models, versions and their manifests. */
@NullMarked
package dev.strongroom.keyservice.catalog;

import org.jspecify.annotations.NullMarked;
