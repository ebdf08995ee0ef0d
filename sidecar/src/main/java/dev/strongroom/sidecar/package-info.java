/** The long-lived agent beside a workload. */
@NullMarked
package dev.strongroom.sidecar;

import org.jspecify.annotations.NullMarked;
