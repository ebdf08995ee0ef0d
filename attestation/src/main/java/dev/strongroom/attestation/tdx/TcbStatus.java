package dev.strongroom.attestation.tdx;

import java.util.Arrays;
import java.util.Optional;

/** How Intel judges the security versions of a platform ("tcbStatus" of its collateral). */
public enum TcbStatus {
  UP_TO_DATE("UpToDate", false, false, false),
  /** Up to date, where the software in the domain is hardened against the advisories named. */
  SW_HARDENING_NEEDED("SWHardeningNeeded", false, false, true),
  CONFIGURATION_NEEDED("ConfigurationNeeded", false, true, false),
  CONFIGURATION_AND_SW_HARDENING_NEEDED("ConfigurationAndSWHardeningNeeded", false, true, true),
  OUT_OF_DATE("OutOfDate", true, false, false),
  OUT_OF_DATE_CONFIGURATION_NEEDED("OutOfDateConfigurationNeeded", true, true, false),
  /** Never accepted. */
  REVOKED("Revoked", true, true, true);

  private final String wireName;
  private final boolean outOfDate;
  private final boolean configuration;
  private final boolean hardening;

  TcbStatus(String wireName, boolean outOfDate, boolean configuration, boolean hardening) {
    this.wireName = wireName;
    this.outOfDate = outOfDate;
    this.configuration = configuration;
    this.hardening = hardening;
  }

  /** As Intel spells it. */
  public String wireName() {
    return wireName;
  }

  static Optional<TcbStatus> of(String wireName) {
    return Arrays.stream(values()).filter(each -> each.wireName.equals(wireName)).findFirst();
  }

  /** The status of a whole with parts of these two: what is wrong with either is wrong with it. */
  TcbStatus and(TcbStatus other) {
    if (this == REVOKED || other == REVOKED) {
      return REVOKED;
    }
    boolean needsConfiguration = configuration || other.configuration;
    if (outOfDate || other.outOfDate) {
      return needsConfiguration ? OUT_OF_DATE_CONFIGURATION_NEEDED : OUT_OF_DATE;
    }
    boolean needsHardening = hardening || other.hardening;
    if (needsConfiguration) {
      return needsHardening ? CONFIGURATION_AND_SW_HARDENING_NEEDED : CONFIGURATION_NEEDED;
    }
    return needsHardening ? SW_HARDENING_NEEDED : UP_TO_DATE;
  }
}
