/**
 * A KEK on a PKCS#11 token. The token's module is loaded into a child process, the broker, because
 * a module that lost its token seldom finds it again within one process.
 */
@NullMarked
package dev.strongroom.keyservice.kms.pkcs11;

import org.jspecify.annotations.NullMarked;
