package dev.strongroom.core.grant;

import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What evidence says of the hardware that it comes from and of what was measured on it, whatever
 * its type: the one place that knows which claim names a chip and which a measurement. Selectors of
 * revocations and of exposures mean these.
 *
 * @param chips lower case: the chip of SEV-SNP (64 bytes; of Turin also its 8); of TDX the
 *     processor package ({@code ppid}), the platform of several packages and the line that it is of
 *     ({@code fmspc}); the endorsement key of a TPM and the Name of its attestation key; the
 *     instance and the enclave of Nitro; devices of NVIDIA. Empty where the platform hides it
 * @param measurements lower case: the launch measurement of SEV-SNP; MRTD, RTMRs and the TDX
 *     module's MRSEAM; PCRs; boot applications that went into them; of devices the digest of their
 *     measurements and the FWID
 */
public record AttestedPlatform(Set<String> chips, Set<String> measurements) {
  private static final int SHORT_CHIP = 16;
  private static final Pattern ZEROS = Pattern.compile("0*");
  private static final Pattern CHIP =
      Pattern.compile(
          "[0-9a-f]{12}|[0-9a-f]{16}|[0-9a-f]{32}|[0-9a-f]{64}|[0-9a-f]{68}|[0-9a-f]{100}"
              + "|[0-9a-f]{128}|i-[0-9a-z]{1,64}(?:-enc[0-9a-z]{1,64})?");
  private static final Pattern MEASUREMENT =
      Pattern.compile("[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128}");
  private static final Pattern UNMEASURED = Pattern.compile("0+|f+");

  public AttestedPlatform {
    chips = Collections.unmodifiableSet(new LinkedHashSet<>(chips));
    measurements = Collections.unmodifiableSet(new LinkedHashSet<>(measurements));
  }

  /** That of all evidence of a grant, in its order. */
  public static AttestedPlatform of(EvidenceClaims claims) {
    Reader reader = new Reader();
    claims.byType().forEach(reader::read);
    return new AttestedPlatform(reader.chips, reader.measurements);
  }

  /** Whether a chip can have this name; hardware that hides its name is not named by zeros. */
  public static boolean isChip(String text) {
    return CHIP.matcher(text).matches() && !ZEROS.matcher(text).matches();
  }

  /**
   * Whether something can measure so: SHA-256, -384 or -512 in lower case hexadecimal. What a
   * register holds that nothing was measured into (zeros or ones) is no measurement.
   */
  public static boolean isMeasurement(String text) {
    return MEASUREMENT.matcher(text).matches() && !UNMEASURED.matcher(text).matches();
  }

  /** Collects over all pieces; claims that are absent or of another kind name nothing. */
  private static final class Reader {
    private final Set<String> chips = new LinkedHashSet<>();
    private final Set<String> measurements = new LinkedHashSet<>();

    void read(String type, Map<String, Object> claims) {
      switch (type) {
        case "sev-snp" -> snp(claims);
        case "azure-snp-vtpm" -> {
          snp(ClaimPath.map(claims, "snp"));
          registers(ClaimPath.map(claims, "tpm"));
        }
        case "tdx" -> tdx(claims);
        case "tpm" -> {
          chip(claims, "device");
          chip(claims, "ak_name");
          registers(claims);
        }
        case "nitro" -> nitro(claims);
        case "nvidia-gpu" -> ClaimPath.maps(claims, "devices").forEach(this::device);
        default -> {
          // Of a type that a later release verifies: this one cannot tell its chips.
        }
      }
    }

    private void snp(Map<String, Object> claims) {
      chip(claims, "chip_id");
      measurement(claims, "measurement");
      String id = ClaimPath.text(claims, "chip_id");
      // Turin's has 8 bytes (AMD publication 57230, hwID); reports fill them up with zeros.
      if (id.length() > SHORT_CHIP && ZEROS.matcher(id.substring(SHORT_CHIP)).matches()) {
        addChip(id.substring(0, SHORT_CHIP));
      }
    }

    private void tdx(Map<String, Object> claims) {
      List.of("ppid", "platform_instance_id", "fmspc").forEach(name -> chip(claims, name));
      List.of("mrtd", "rtmr0", "rtmr1", "rtmr2", "rtmr3", "mrseam")
          .forEach(name -> measurement(claims, name));
    }

    private void nitro(Map<String, Object> claims) {
      String module = ClaimPath.text(claims, "module_id").toLowerCase(Locale.ROOT);
      addChip(module);
      int enclave = module.indexOf("-enc");
      if (enclave > 0) {
        addChip(module.substring(0, enclave));
      }
      ClaimPath.map(claims, "pcrs").values().forEach(this::addMeasurement);
    }

    private void registers(Map<String, Object> claims) {
      ClaimPath.map(claims, "pcrs")
          .values()
          .forEach(bank -> ClaimPath.map(bank).values().forEach(this::addMeasurement));
      ClaimPath.map(ClaimPath.map(claims, "boot"), "boot_applications")
          .values()
          .forEach(bank -> ClaimPath.list(bank).forEach(this::addMeasurement));
    }

    private void device(Map<String, Object> device) {
      chip(device, "device_id");
      chip(device, "pdi");
      measurement(device, "measurements_digest");
      measurement(device, "fwid");
    }

    private void chip(Map<String, Object> claims, String name) {
      addChip(ClaimPath.text(claims, name));
    }

    private void addChip(String name) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (isChip(lower)) {
        chips.add(lower);
      }
    }

    private void measurement(Map<String, Object> claims, String name) {
      addMeasurement(ClaimPath.text(claims, name));
    }

    private void addMeasurement(Object value) {
      if (value instanceof String text && isMeasurement(text)) {
        measurements.add(text);
      }
    }
  }
}
