/** Files that only their owner may use: keys, credentials, the store. */
@NullMarked
package dev.strongroom.keyservice.files;

import org.jspecify.annotations.NullMarked;
