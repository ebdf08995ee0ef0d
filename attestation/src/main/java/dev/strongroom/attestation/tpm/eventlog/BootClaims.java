package dev.strongroom.attestation.tpm.eventlog;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * How a machine started, by events that give its quoted PCRs.
 *
 * @param replayed the PCRs that the log explains
 * @param separated those of them whose firmware has handed over
 * @param firmware its version (EV_S_CRTM_VERSION), as it writes it; null when it says none
 * @param secureBoot whether UEFI checked what it started; null when it says nothing
 * @param applications digests of whatever was extended into the PCR of boot loaders (4), in that
 *     order, by bank: what UEFI started, and what was extended since
 */
public record BootClaims(
    SortedSet<Integer> replayed,
    SortedSet<Integer> separated,
    @Nullable Bytes firmware,
    @Nullable Boolean secureBoot,
    SortedMap<HashAlgorithm, List<Bytes>> applications) {

  /** A copy. */
  public BootClaims {
    replayed = Collections.unmodifiableSortedSet(new TreeSet<>(replayed));
    separated = Collections.unmodifiableSortedSet(new TreeSet<>(separated));
    SortedMap<HashAlgorithm, List<Bytes>> copy = new TreeMap<>();
    applications.forEach((bank, digests) -> copy.put(bank, List.copyOf(digests)));
    applications = Collections.unmodifiableSortedMap(copy);
  }

  /** For policies; see {@link dev.strongroom.attestation.Claims#values}. */
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("replayed_pcrs", replayed.stream().map(Integer::longValue).toList());
    values.put("separated_pcrs", separated.stream().map(Integer::longValue).toList());
    if (firmware != null) {
      values.put("crtm_version", firmware.hex());
    }
    if (secureBoot != null) {
      values.put("secure_boot", secureBoot);
    }
    Map<String, Object> digests = new LinkedHashMap<>();
    applications.forEach(
        (bank, all) -> digests.put(bank.bank(), all.stream().map(Bytes::hex).toList()));
    values.put("boot_applications", digests);
    return values;
  }
}
