/** Object storage: presigned URLs, never weights. */
@NullMarked
package dev.strongroom.keyservice.storage;

import org.jspecify.annotations.NullMarked;
