package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Reference measurements that verified.
 *
 * @param product the chip: {@code GH100}
 * @param version of the driver or VBIOS that they are of
 * @param golden values that are allowed, by index, of the measurements in use
 */
record Rim(String product, String version, SortedMap<Integer, List<Bytes>> golden) {
  private static final int NVDEC0_MEASUREMENT = 35;

  /**
   * Compares a device's measurements with the references of that version.
   *
   * @return whether there are any
   * @throws AttestationException {@link AttestationCode#MEASUREMENT_MISMATCH}
   */
  static boolean compare(List<Rim> rims, NvidiaDevice device, @Nullable String version) {
    boolean found = false;
    for (Rim rim : rims) {
      if (version != null
          && rim.version.equalsIgnoreCase(version)
          && rim.product.replace("_", "").equals(device.chip().replace("_", ""))) {
        rim.compare(device);
        found = true;
      }
    }
    return found;
  }

  private void compare(NvidiaDevice device) {
    Map<Integer, Bytes> measured = new HashMap<>(device.report().measurements());
    golden.forEach((index, allowed) -> {
      if (index == NVDEC0_MEASUREMENT && device.isNvdec0Disabled()) {
        return;
      }
      Bytes found = measured.get(index);
      if (found == null || !allowed.contains(found)) {
        throw new AttestationException(
            AttestationCode.MEASUREMENT_MISMATCH,
            "measurement "
                + index
                + " of the device "
                + device.deviceId()
                + " is not one that NVIDIA gives for version "
                + version);
      }
    });
  }
}
