/** A KEK in AWS KMS. */
@NullMarked
package dev.strongroom.keyservice.kms.awskms;

import org.jspecify.annotations.NullMarked;
