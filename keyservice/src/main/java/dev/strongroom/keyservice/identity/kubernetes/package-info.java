/** Identities of Kubernetes: the API server of a cluster says whose a token is. */
@NullMarked
package dev.strongroom.keyservice.identity.kubernetes;

import org.jspecify.annotations.NullMarked;
