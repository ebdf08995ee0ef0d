/** Real key backends for tests, and trouble on the way to them. */
@NullMarked
package dev.strongroom.testkit.kms;

import org.jspecify.annotations.NullMarked;
