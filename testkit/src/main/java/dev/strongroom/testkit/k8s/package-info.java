/** A real kube-apiserver for tests, and what they put into it. */
@NullMarked
package dev.strongroom.testkit.k8s;

import org.jspecify.annotations.NullMarked;
