/**
 * Event logs of the firmware (TCG, PC Client Platform Firmware Profile, revision 1.05, section 10):
 * the crypto agile form, little endian.
 */
@NullMarked
package dev.strongroom.attestation.tpm.eventlog;

import org.jspecify.annotations.NullMarked;
