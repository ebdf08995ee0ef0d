/** Real key backends for tests. */
@NullMarked
package dev.strongroom.testkit.kms;

import org.jspecify.annotations.NullMarked;
