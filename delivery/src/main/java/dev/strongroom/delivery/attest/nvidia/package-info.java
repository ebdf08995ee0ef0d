/** Reports of NVIDIA GPUs, asked for through NVIDIA's management library. */
@NullMarked
package dev.strongroom.delivery.attest.nvidia;

import org.jspecify.annotations.NullMarked;
