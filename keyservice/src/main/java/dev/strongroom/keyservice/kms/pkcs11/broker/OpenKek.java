package dev.strongroom.keyservice.kms.pkcs11.broker;

/**
 * A KEK version that is in use.
 *
 * @param version from 1
 */
record OpenKek(int version, TokenKeys.Kind kind, Kek kek, Canary canary) {}
