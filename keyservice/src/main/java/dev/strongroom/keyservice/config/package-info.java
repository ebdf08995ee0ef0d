/** The configuration: one YAML file mapped to records. */
@NullMarked
package dev.strongroom.keyservice.config;

import org.jspecify.annotations.NullMarked;
