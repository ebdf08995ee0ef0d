/** Strict YAML into records: every fault of a file at once, each with its line and path. */
@NullMarked
package dev.strongroom.keyservice.config.yaml;

import org.jspecify.annotations.NullMarked;
