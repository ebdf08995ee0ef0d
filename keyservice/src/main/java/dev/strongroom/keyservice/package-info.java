/** The key service: decides who may decrypt which model version, and releases data keys. */
@NullMarked
package dev.strongroom.keyservice;

import org.jspecify.annotations.NullMarked;
