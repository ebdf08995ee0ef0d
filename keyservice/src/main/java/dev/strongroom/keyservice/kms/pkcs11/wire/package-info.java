/** What the service and its broker say to each other over the broker's standard streams. */
@NullMarked
package dev.strongroom.keyservice.kms.pkcs11.wire;

import org.jspecify.annotations.NullMarked;
