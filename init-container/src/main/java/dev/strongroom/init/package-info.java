/** One-shot delivery before a workload starts. */
@NullMarked
package dev.strongroom.init;

import org.jspecify.annotations.NullMarked;
