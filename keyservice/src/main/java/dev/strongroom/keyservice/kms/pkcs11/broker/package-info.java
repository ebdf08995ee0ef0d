/** The child process that holds the PKCS#11 module: what runs there, and nothing else does. */
@NullMarked
package dev.strongroom.keyservice.kms.pkcs11.broker;

import org.jspecify.annotations.NullMarked;
