/**
 * Confidential virtual machines of Azure: a report of SEV-SNP vouches for the virtual TPM, and that
 * for what was started (Microsoft, Confidential VM Guest Attestation Design Detail).
 */
@NullMarked
package dev.strongroom.attestation.azure;

import org.jspecify.annotations.NullMarked;
