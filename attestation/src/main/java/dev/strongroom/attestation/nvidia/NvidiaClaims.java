package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What verified reports say, one for each device, in the order of the evidence.
 *
 * @param devices at least one, each another
 */
public record NvidiaClaims(List<NvidiaDevice> devices) implements Claims {

  public NvidiaClaims {
    devices = List.copyOf(devices);
  }

  @Override
  public EvidenceType type() {
    return EvidenceType.NVIDIA;
  }

  /** {@code gpu_count}, {@code switch_count} and {@code devices}, a list of maps. */
  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("gpu_count", count(NvidiaDevice.Kind.GPU));
    values.put("switch_count", count(NvidiaDevice.Kind.SWITCH));
    values.put("devices", devices.stream().map(NvidiaDevice::values).toList());
    return values;
  }

  private long count(NvidiaDevice.Kind kind) {
    return devices.stream().filter(device -> device.kind() == kind).count();
  }
}
