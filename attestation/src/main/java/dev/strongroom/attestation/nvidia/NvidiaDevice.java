package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What one verified report says.
 *
 * @param kind a GPU or a switch
 * @param architecture {@code HOPPER}, {@code BLACKWELL}, {@code LS10}
 * @param chip {@code GH100}
 * @param deviceId of this one device, from its certificate
 * @param fwid SHA-384 of the firmware that holds the key, from its certificate
 * @param report what was signed
 * @param driverReference whether the driver's reference measurements were given and met
 * @param firmwareReference whether the VBIOS's reference measurements were given and met
 */
public record NvidiaDevice(
    Kind kind,
    String architecture,
    String chip,
    String deviceId,
    Bytes fwid,
    NvidiaReport report,
    boolean driverReference,
    boolean firmwareReference) {
  private static final int VBIOS_SIZE = 8;
  private static final int PDI_SIZE = 8;
  private static final long ENABLED = 0xaa;
  private static final long DISABLED = 0x55;

  /** What kind of device. */
  public enum Kind {
    GPU,
    SWITCH
  }

  /** As NVIDIA writes it: {@code 535.86.09}; null where it is not said, as for switches. */
  public @Nullable String driverVersion() {
    return report.text(OpaqueField.DRIVER_VERSION);
  }

  /** As NVIDIA writes it: {@code 96.00.5E.00.01}; null where it is not said. */
  public @Nullable String vbiosVersion() {
    return vbiosVersion(report);
  }

  static @Nullable String vbiosVersion(NvidiaReport report) {
    Bytes value = report.opaque().get(OpaqueField.VBIOS_VERSION);
    if (value == null) {
      return null;
    }
    byte[] bytes = value.array();
    if (bytes.length != VBIOS_SIZE) {
      return NvidiaReport.text(OpaqueField.VBIOS_VERSION, value).toUpperCase(Locale.ROOT);
    }
    // A little-endian word of four parts, and the fifth behind it.
    return String.format(
        Locale.ROOT, "%02X.%02X.%02X.%02X.%02X", bytes[3], bytes[2], bytes[1], bytes[0], bytes[4]);
  }

  /**
   * How the GPU is shared out: {@code mpt}, {@code spt}, {@code ppcie}; null where it is not said.
   */
  public @Nullable String mode() {
    return switch ((int) report.number(OpaqueField.FEATURE_FLAG)) {
      case 0 -> "mpt";
      case 1 -> "spt";
      case 2 -> "ppcie";
      case -1 -> null;
      default -> "unknown";
    };
  }

  /** Whether NVDEC0 works; its measurement counts only then. */
  boolean isNvdec0Disabled() {
    return report.number(OpaqueField.NVDEC0_STATUS) == DISABLED;
  }

  Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("kind", kind.name().toLowerCase(Locale.ROOT));
    values.put("architecture", architecture);
    values.put("chip", chip);
    values.put("device_id", deviceId);
    values.put("fwid", fwid.hex());
    put(values, "driver_version", driverVersion());
    put(values, "vbios_version", vbiosVersion());
    for (OpaqueField field : OpaqueField.values()) {
      if (field.isText() && field != OpaqueField.DRIVER_VERSION) {
        put(values, field.claimName(), report.text(field));
      }
    }
    put(values, "mode", mode());
    put(values, "protected_pcie", status(OpaqueField.PROTECTED_PCIE_STATUS));
    put(values, "nvdec0", status(OpaqueField.NVDEC0_STATUS));
    put(values, kind == Kind.SWITCH ? "pdi" : "switch_pdis", pdis());
    values.put("driver_measurements_match", driverReference);
    values.put("vbios_measurements_match", firmwareReference);
    values.put("nonce", report.nonce().hex());
    values.put("measurements_digest", measurementsDigest().hex());
    Map<String, Object> raw = new LinkedHashMap<>();
    report.opaque().forEach((field, value) -> raw.put(field.claimName(), value.hex()));
    values.put("opaque", raw);
    return values;
  }

  private @Nullable Boolean status(OpaqueField field) {
    long number = report.number(field);
    if (number != ENABLED && number != DISABLED) {
      return null;
    }
    return number == ENABLED;
  }

  /** In the byte order in which switches name themselves, each once. */
  private @Nullable Object pdis() {
    Bytes value = report.opaque().get(OpaqueField.PDI);
    if (value == null || value.size() % PDI_SIZE != 0) {
      return null;
    }
    byte[] bytes = value.array();
    List<String> pdis = new ArrayList<>();
    for (int at = 0; at < bytes.length; at += PDI_SIZE) {
      byte[] pdi = new byte[PDI_SIZE];
      for (int i = 0; i < PDI_SIZE; i++) {
        pdi[i] = bytes[kind == Kind.SWITCH ? at + i : at + PDI_SIZE - 1 - i];
      }
      String hex = Bytes.of(pdi).hex();
      if (!pdis.contains(hex)) {
        pdis.add(hex);
      }
    }
    return kind == Kind.SWITCH ? pdis.getFirst() : pdis;
  }

  private static void put(Map<String, Object> values, String name, @Nullable Object value) {
    if (value != null) {
      values.put(name, value);
    }
  }

  // Sixty-four values a device would not fit into one entry of a log where eight devices speak.
  private Bytes measurementsDigest() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      report
          .measurements()
          .forEach((index, value) -> {
            digest.update(index.byteValue());
            digest.update(value.array());
          });
      return Bytes.of(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
