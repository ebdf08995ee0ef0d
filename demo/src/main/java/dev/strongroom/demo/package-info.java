/** The demonstration: real processes, a real model, real refusals. */
@NullMarked
package dev.strongroom.demo;

import org.jspecify.annotations.NullMarked;
