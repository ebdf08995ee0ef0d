/**
 * Measurement reports of NVIDIA GPUs and NVSwitches: SPDM 1.1 (DMTF DSP0274, sections 10.11) with
 * NVIDIA's opaque data, as the NVIDIA attestation SDK reads them, and reference measurements (TCG
 * RIM information model 1.01, a signed SWID tag).
 */
@NullMarked
package dev.strongroom.attestation.nvidia;

import org.jspecify.annotations.NullMarked;
