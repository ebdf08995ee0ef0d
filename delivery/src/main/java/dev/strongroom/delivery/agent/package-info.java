/**
 * One delivery from its configuration file to its exit code: what sidecar and init container are.
 */
@NullMarked
package dev.strongroom.delivery.agent;

import org.jspecify.annotations.NullMarked;
