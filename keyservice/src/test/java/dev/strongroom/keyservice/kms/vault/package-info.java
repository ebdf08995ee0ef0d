@NullMarked
package dev.strongroom.keyservice.kms.vault;

import org.jspecify.annotations.NullMarked;
