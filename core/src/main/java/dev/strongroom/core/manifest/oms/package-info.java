/** OpenSSF Model Signing: what a model's maker signed, checked before it is encrypted. */
@NullMarked
package dev.strongroom.core.manifest.oms;

import org.jspecify.annotations.NullMarked;
