/** The signed list of the files of a version, its envelope, and the keys of publishers. */
@NullMarked
package dev.strongroom.core.manifest;

import org.jspecify.annotations.NullMarked;
