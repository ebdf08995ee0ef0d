/** Identities for tests and the demo: a real OIDC issuer whose keys are files. */
@NullMarked
package dev.strongroom.testkit.issuer;

import org.jspecify.annotations.NullMarked;
