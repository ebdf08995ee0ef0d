package dev.strongroom.attestation.tpm.eventlog;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrValues;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What events say whose PCRs came out as quoted. A PCR vouches for digests and their order alone,
 * not for the type or the data that the log shows beside them. So:
 *
 * <ul>
 *   <li>data counts only when the digest that was extended is of that data;
 *   <li>a separator is known by its digest, not by its type, and what firmware says counts only
 *       before it: behind it, the operating system extends whatever it likes;
 *   <li>whatever was extended into the PCR of boot loaders is listed, unless it is shown to be a
 *       separator or a remark of the firmware: so nothing that was started can be called otherwise.
 * </ul>
 */
final class BootEvents {
  private static final int FIRMWARE_PCRS = 8;
  private static final int PCR_FIRMWARE = 0;
  private static final int PCR_BOOT_LOADER = 4;
  private static final int PCR_SECURE_BOOT = 7;
  private static final String SECURE_BOOT = "SecureBoot";
  private static final int MAX_VARIABLE_NAME = 256;
  // EFI_GLOBAL_VARIABLE, 8be4df61-93ca-11d2-aa0d-00e098032b8c, as it is marshalled.
  private static final Bytes GLOBAL_VARIABLE = Bytes.ofHex("61dfe48bca93d211aa0d00e098032b8c");
  // Section 3.3.2.2: without and with an operating system that knows of TPMs.
  private static final Set<Bytes> SEPARATORS =
      Set.of(Bytes.ofHex("00000000"), Bytes.ofHex("ffffffff"));
  private static final Set<Bytes> REMARKS =
      Set.of(
          text("Calling EFI Application from Boot Option"),
          text("Returning from EFI Application from Boot Option"));

  private final List<Event> explained;
  private final PcrValues quoted;
  private final SortedSet<Integer> separated = new TreeSet<>();
  private final SortedMap<HashAlgorithm, List<Bytes>> applications = new TreeMap<>();
  private @Nullable Bytes firmware;
  private @Nullable Boolean secureBoot;

  /** Of events whose PCRs came out as quoted in every bank that is quoted. */
  BootEvents(List<Event> explained, PcrValues quoted) {
    this.explained = explained;
    this.quoted = quoted;
  }

  private static Bytes text(String ascii) {
    return Bytes.of(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  BootClaims claims(SortedSet<Integer> replayed) {
    for (Event event : explained) {
      if (event.pcr() < FIRMWARE_PCRS) {
        read(event);
      }
    }
    return new BootClaims(replayed, separated, firmware, secureBoot, applications);
  }

  private void read(Event event) {
    int pcr = (int) event.pcr();
    boolean before = !separated.contains(pcr);
    if (isSeparator(event)) {
      separated.add(pcr);
    } else if (pcr == PCR_BOOT_LOADER) {
      application(event);
    } else if (event.type() == EventType.S_CRTM_VERSION && pcr == PCR_FIRMWARE && before) {
      requireMeasured(event, "version of the firmware");
      firmware = only(firmware, event.data(), "versions of the firmware");
    } else if (event.type() == EventType.EFI_VARIABLE_DRIVER_CONFIG
        && pcr == PCR_SECURE_BOOT
        && before) {
      variable(event);
    }
  }

  private boolean isSeparator(Event event) {
    boolean typed = event.type() == EventType.SEPARATOR;
    boolean measured = SEPARATORS.stream().anyMatch(data -> isMeasured(event, data));
    if (typed != measured || (typed && !isMeasured(event, event.data()))) {
      throw Replay.mismatch(
          "has a separator in PCR "
              + event.pcr()
              + " whose type, data and digest do not go together");
    }
    return typed;
  }

  private void application(Event event) {
    if (REMARKS.stream().anyMatch(remark -> isMeasured(event, remark))) {
      return;
    }
    for (HashAlgorithm bank : quoted.banks().keySet()) {
      Bytes digest = event.digests().get(bank);
      if (digest != null && quoted.value(bank, PCR_BOOT_LOADER) != null) {
        applications.computeIfAbsent(bank, _ -> new ArrayList<>()).add(digest);
      }
    }
  }

  /** UEFI_VARIABLE_DATA, section 10.2.6: little endian, sizes of 64 bits. */
  private void variable(Event event) {
    ByteReader reader = ByteReader.littleEndian(event.data().array(), "variable of an event");
    Bytes guid = reader.bytes(16, "variableName");
    long nameLength = reader.u64("unicodeNameLength");
    long dataLength = reader.u64("variableDataLength");
    if (nameLength < 0 || nameLength > MAX_VARIABLE_NAME) {
      throw EventLog.malformed("has the name of a variable of " + nameLength + " characters");
    }
    String name =
        new String(reader.array(2 * nameLength, "unicodeName"), StandardCharsets.UTF_16LE);
    if (!guid.equals(GLOBAL_VARIABLE) || !name.equals(SECURE_BOOT)) {
      return;
    }
    byte[] data = reader.array(dataLength, "variableData");
    reader.end();
    requireMeasured(event, "state of secure boot");
    if (data.length > 1 || (data.length == 1 && data[0] != 0 && data[0] != 1)) {
      throw EventLog.malformed("has a state of secure boot that is neither on nor off");
    }
    secureBoot = only(secureBoot, data.length == 1 && data[0] == 1, "states of secure boot");
  }

  private static <T> T only(@Nullable T before, T now, String what) {
    if (before != null) {
      throw EventLog.malformed("has two " + what);
    }
    return now;
  }

  private void requireMeasured(Event event, String what) {
    if (!isMeasured(event, event.data())) {
      throw Replay.mismatch(
          "has a "
              + what
              + " in PCR "
              + event.pcr()
              + " whose data is not what its digest was made of");
    }
  }

  /** Whether its PCR was extended with the digest of this, in each bank that is quoted. */
  private boolean isMeasured(Event event, Bytes data) {
    for (Map.Entry<HashAlgorithm, SortedMap<Integer, Bytes>> bank : quoted.banks().entrySet()) {
      if (bank.getValue().containsKey((int) event.pcr())) {
        Bytes digest = event.digests().get(bank.getKey());
        if (digest == null || !digest.equals(bank.getKey().digest(data.array()))) {
          return false;
        }
      }
    }
    return true;
  }
}
