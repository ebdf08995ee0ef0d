/** Measurements: ratios within one run, against the hardware's limits and against peers. */
@NullMarked
package dev.strongroom.benchmarks;

import org.jspecify.annotations.NullMarked;
