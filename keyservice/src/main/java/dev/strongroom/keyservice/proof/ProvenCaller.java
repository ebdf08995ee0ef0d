package dev.strongroom.keyservice.proof;

import dev.strongroom.keyservice.identity.Identity;

/**
 * Who sent a request, with proof of possession.
 *
 * @param jkt thumbprint of the proof key (RFC 7638)
 */
public record ProvenCaller(Identity identity, String jkt) {}
