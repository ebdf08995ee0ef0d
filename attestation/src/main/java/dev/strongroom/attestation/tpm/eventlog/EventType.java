package dev.strongroom.attestation.tpm.eventlog;

/** The types that mean something here: section 10.4.1. */
final class EventType {
  static final long NO_ACTION = 0x00000003L;
  static final long SEPARATOR = 0x00000004L;
  static final long S_CRTM_VERSION = 0x00000008L;
  static final long EFI_VARIABLE_DRIVER_CONFIG = 0x80000001L;

  private EventType() {}
}
