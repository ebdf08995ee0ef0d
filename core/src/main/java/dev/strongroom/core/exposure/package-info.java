/**
 * The blast radius: who received which keys under a chip, a TCB, an image, a measurement. The same
 * matching reads the tables of a service and a verified copy of its log.
 */
@NullMarked
package dev.strongroom.core.exposure;

import org.jspecify.annotations.NullMarked;
