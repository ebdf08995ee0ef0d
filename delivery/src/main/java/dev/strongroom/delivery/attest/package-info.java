/**
 * Collects evidence on the workload's side (RFC 9334: the attester). Each source speaks with one
 * interface of the hardware or its kernel; what it gives is opaque here and judged by the key
 * service.
 */
@NullMarked
package dev.strongroom.delivery.attest;

import org.jspecify.annotations.NullMarked;
