package dev.strongroom.attestation.nvidia;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What NVIDIA puts into the opaque data of a measurement report. */
public enum OpaqueField {
  CERT_ISSUER_NAME(1, false),
  CERT_AUTHORITY_KEY_IDENTIFIER(2, false),
  DRIVER_VERSION(3, true),
  GPU_INFO(4, false),
  SKU(5, false),
  VBIOS_VERSION(6, false),
  MANUFACTURER_ID(7, false),
  TAMPER_DETECTION(8, false),
  SMC(9, false),
  VPR(10, false),
  NVDEC0_STATUS(11, false),
  MEASUREMENT_COUNTS(12, false),
  CPR_INFO(13, false),
  BOARD_ID(14, false),
  CHIP_SKU(15, true),
  CHIP_SKU_MODIFIER(16, true),
  PROJECT(17, true),
  PROJECT_SKU(18, true),
  PROJECT_SKU_MODIFIER(19, true),
  FWID(20, false),
  PROTECTED_PCIE_STATUS(21, false),
  /** Of a GPU: the switches that it is linked to. Of a switch: its own. */
  PDI(22, false),
  DISABLED_PORTS(23, false),
  POSITION_ID(24, false),
  LOCK_STATUS(25, false),
  /** Of a switch: the GPUs that it is linked to, and their ports. */
  GPU_PDIS(26, false),
  PORTS(27, false),
  GPU_LINK_CONNECTION(32, false),
  SYSTEM_ENABLE_STATUS(33, false),
  OPAQUE_DATA_VERSION(34, false),
  CHIP_INFO(35, true),
  FEATURE_FLAG(36, false);

  private final int id;
  private final boolean text;

  OpaqueField(int id, boolean text) {
    this.id = id;
    this.text = text;
  }

  /** Whether it is a text, filled with zeros. */
  boolean isText() {
    return text;
  }

  /** As claims name it. */
  String claimName() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<OpaqueField> of(int id) {
    return Arrays.stream(values()).filter(field -> field.id == id).findFirst();
  }
}
