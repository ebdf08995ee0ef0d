/**
 * AMD SEV-SNP attestation reports: AMD publications 56860 (SEV Secure Nested Paging Firmware ABI
 * Specification, chapter 7.3, table ATTESTATION_REPORT), and 57230 (VCEK and VLEK Certificate and
 * KDS Interface Specification).
 */
@NullMarked
package dev.strongroom.attestation.snp;

import org.jspecify.annotations.NullMarked;
