/** An append-only Merkle log that others can verify: leaves, tiles, checkpoints, proofs. */
@NullMarked
package dev.strongroom.auditlog;

import org.jspecify.annotations.NullMarked;
