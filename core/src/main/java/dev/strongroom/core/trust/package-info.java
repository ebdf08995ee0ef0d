/**
 * What an operator pins: the keys with which grants, logs and manifests are verified. Never taken
 * from an answer or an annotation.
 */
@NullMarked
package dev.strongroom.core.trust;

import org.jspecify.annotations.NullMarked;
