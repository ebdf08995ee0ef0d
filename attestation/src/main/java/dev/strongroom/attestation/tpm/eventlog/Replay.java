package dev.strongroom.attestation.tpm.eventlog;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrValues;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Replays events to PCRs that were quoted. A quoted PCR that the firmware owns (0 to 7), or that
 * the log has an event for, must come out as quoted, in each bank. Others (an IMA list's, an
 * application's) are not the log's to explain.
 */
final class Replay {
  private static final int FIRMWARE_PCRS = 8;
  private static final int PCRS = 24;
  // Section 10.4.5.3, and Part 1 section 17: the locality that the TPM was started from.
  private static final byte[] STARTUP_LOCALITY =
      "StartupLocality\0".getBytes(StandardCharsets.US_ASCII);

  private final Set<HashAlgorithm> banks;
  private final List<Event> events;
  private final PcrValues quoted;

  Replay(Set<HashAlgorithm> banks, List<Event> events, PcrValues quoted) {
    this.banks = banks;
    this.events = events;
    this.quoted = quoted;
  }

  BootClaims claims() {
    int locality = startupLocality();
    SortedSet<Integer> touched = touched();
    SortedSet<Integer> replayed = new TreeSet<>();
    for (Map.Entry<HashAlgorithm, SortedMap<Integer, Bytes>> bank : quoted.banks().entrySet()) {
      if (bank.getValue().isEmpty()) {
        continue;
      }
      if (!banks.contains(bank.getKey())) {
        throw mismatch("has no digests of the bank " + bank.getKey().bank() + ", which is quoted");
      }
      Map<Integer, byte[]> values = extend(bank.getKey(), locality);
      bank.getValue()
          .forEach((pcr, value) -> {
            if (pcr < FIRMWARE_PCRS || touched.contains(pcr)) {
              requireEqual(bank.getKey(), pcr, values.get(pcr), value);
              replayed.add(pcr);
            }
          });
    }
    return new BootEvents(explained(replayed), quoted).claims(replayed);
  }

  private SortedSet<Integer> touched() {
    SortedSet<Integer> touched = new TreeSet<>();
    for (Event event : events) {
      if (event.extendsPcr()) {
        if (event.pcr() >= PCRS) {
          throw EventLog.malformed("has an event for PCR " + event.pcr());
        }
        touched.add((int) event.pcr());
      }
    }
    return touched;
  }

  private int startupLocality() {
    int locality = 0;
    boolean extended = false;
    boolean seen = false;
    for (Event event : events) {
      byte[] data = event.data().array();
      extended |= event.extendsPcr() && event.pcr() == 0;
      if (event.type() == EventType.NO_ACTION
          && event.pcr() == 0
          && data.length == STARTUP_LOCALITY.length + 1
          && Arrays.equals(STARTUP_LOCALITY, Arrays.copyOf(data, STARTUP_LOCALITY.length))) {
        locality = data[STARTUP_LOCALITY.length];
        if (extended || seen || (locality != 0 && locality != 3 && locality != 4)) {
          throw EventLog.malformed("names a startup locality wrongly");
        }
        seen = true;
      }
    }
    return locality;
  }

  private Map<Integer, byte[]> extend(HashAlgorithm bank, int locality) {
    Map<Integer, byte[]> values = new TreeMap<>();
    for (int pcr = 0; pcr < PCRS; pcr++) {
      values.put(pcr, start(pcr, bank, locality));
    }
    MessageDigest digest = bank.start();
    for (Event event : events) {
      Bytes extension = event.digests().get(bank);
      if (event.extendsPcr() && extension != null) {
        int pcr = (int) event.pcr();
        digest.update(values.getOrDefault(pcr, new byte[0]));
        values.put(pcr, digest.digest(extension.array()));
      }
    }
    return values;
  }

  // PC Client Platform TPM Profile, section 4.6.2: those of a dynamic launch start with ones.
  private static byte[] start(int pcr, HashAlgorithm bank, int locality) {
    byte[] value = new byte[bank.size()];
    if (pcr >= 17 && pcr <= 22) {
      Arrays.fill(value, (byte) 0xff);
    }
    if (pcr == 0) {
      value[bank.size() - 1] = (byte) locality;
    }
    return value;
  }

  private static void requireEqual(
      HashAlgorithm bank, int pcr, byte @Nullable [] replayed, Bytes quoted) {
    if (replayed == null || !Bytes.of(replayed).equals(quoted)) {
      throw mismatch(
          "does not give the quoted PCR "
              + pcr
              + " of the bank "
              + bank.bank()
              + ": quote PCRs that it explains whole, and read it after the quote");
    }
  }

  private List<Event> explained(SortedSet<Integer> replayed) {
    List<Event> explained = new ArrayList<>();
    for (Event event : events) {
      if (event.extendsPcr() && replayed.contains((int) event.pcr())) {
        explained.add(event);
      }
    }
    return explained;
  }

  static AttestationException mismatch(String why) {
    return new AttestationException(AttestationCode.EVENT_LOG_MISMATCH, "the event log " + why);
  }
}
