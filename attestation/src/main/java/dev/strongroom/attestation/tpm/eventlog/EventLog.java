package dev.strongroom.attestation.tpm.eventlog;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrValues;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An event log, read whole: exactly as many bytes as its events have, as Linux gives it in {@code
 * binary_bios_measurements}. Nothing in it is believed before it gives PCRs that were quoted.
 */
public final class EventLog {
  /** The longest that is read, in bytes. */
  public static final int MAX_BYTES = 1 << 20;

  /** The most events that are read. */
  public static final int MAX_EVENTS = 8192;

  private static final int MAX_ALGORITHMS = 8;
  private static final int MAX_DIGEST = 64;
  private static final int SHA1_BYTES = 20;
  private static final byte[] SPEC_ID = "Spec ID Event03\0".getBytes(StandardCharsets.US_ASCII);

  private final Set<HashAlgorithm> banks;
  private final List<Event> events;

  private EventLog(Set<HashAlgorithm> banks, List<Event> events) {
    this.banks = Set.copyOf(banks);
    this.events = List.copyOf(events);
  }

  /**
   * Reads it.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_OVERSIZED}, {@link AttestationCode#EVIDENCE_MALFORMED}, or {@link
   *     AttestationCode#VERSION_UNKNOWN} for a log of another form
   */
  public static EventLog parse(byte[] log) {
    if (log.length > MAX_BYTES) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "an event log has " + log.length + " bytes; at most " + MAX_BYTES + " are read");
    }
    ByteReader reader = ByteReader.littleEndian(log, "event log");
    Map<Integer, Integer> digestSizes = header(reader);
    List<Event> events = new ArrayList<>();
    while (reader.remaining() > 0) {
      if (events.size() == MAX_EVENTS) {
        throw new AttestationException(
            AttestationCode.EVIDENCE_OVERSIZED,
            "an event log has more than " + MAX_EVENTS + " events");
      }
      events.add(event(reader, digestSizes));
    }
    Set<HashAlgorithm> banks = new HashSet<>();
    for (HashAlgorithm each : HashAlgorithm.values()) {
      if (digestSizes.containsKey(each.id())) {
        banks.add(each);
      }
    }
    return new EventLog(banks, events);
  }

  /**
   * The digests that each event has, by TPM_ALG_ID and size: TCG_EfiSpecIDEvent (section 10.4.5.1)
   * in an event of the older form.
   */
  private static Map<Integer, Integer> header(ByteReader reader) {
    long pcr = reader.u32("pcrIndex");
    long type = reader.u32("eventType");
    reader.skip(SHA1_BYTES, "digest");
    ByteReader id = reader.part(reader.u32("eventSize"), "Spec ID event");
    if (pcr != 0
        || type != EventType.NO_ACTION
        || !Bytes.of(id.array(SPEC_ID.length, "signature")).equals(Bytes.of(SPEC_ID))) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "the event log does not begin with the Spec ID Event03 of the crypto agile form");
    }
    id.skip(4, "platformClass");
    id.skip(1, "specVersionMinor");
    int major = id.u8("specVersionMajor");
    if (major != 2) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN, "the event log is of the version " + major + ", not 2");
    }
    id.skip(2, "specErrata and uintnSize");
    Map<Integer, Integer> sizes = digestSizes(id);
    id.skip(id.u8("vendorInfoSize"), "vendorInfo");
    id.end();
    return sizes;
  }

  private static Map<Integer, Integer> digestSizes(ByteReader id) {
    long count = id.u32("numberOfAlgorithms");
    if (count < 1 || count > MAX_ALGORITHMS) {
      throw malformed("has digests of " + count + " algorithms");
    }
    Map<Integer, Integer> sizes = new LinkedHashMap<>();
    for (int i = 0; i < count; i++) {
      int algorithm = id.u16("algorithmId");
      int size = id.u16("digestSize");
      boolean fits =
          HashAlgorithm.find(algorithm)
              .map(known -> known.size() == size)
              .orElse(size >= 1 && size <= MAX_DIGEST);
      if (!fits || sizes.put(algorithm, size) != null) {
        throw malformed("lists the algorithm 0x%04x wrongly".formatted(algorithm));
      }
    }
    return sizes;
  }

  private static Event event(ByteReader reader, Map<Integer, Integer> digestSizes) {
    long pcr = reader.u32("pcrIndex");
    long type = reader.u32("eventType");
    Map<HashAlgorithm, Bytes> digests = digests(reader, digestSizes);
    Bytes data = reader.bytes(reader.u32("eventSize"), "event");
    return new Event(pcr, type, digests, data);
  }

  private static Map<HashAlgorithm, Bytes> digests(
      ByteReader reader, Map<Integer, Integer> digestSizes) {
    long count = reader.u32("count of digests");
    if (count != digestSizes.size()) {
      throw malformed("has an event with " + count + " digests, not " + digestSizes.size());
    }
    Set<Integer> seen = new HashSet<>();
    Map<HashAlgorithm, Bytes> digests = new EnumMap<>(HashAlgorithm.class);
    for (int i = 0; i < count; i++) {
      int algorithm = reader.u16("algorithm of a digest");
      Integer size = digestSizes.get(algorithm);
      if (size == null || !seen.add(algorithm)) {
        throw malformed("has an event with an unexpected digest of 0x%04x".formatted(algorithm));
      }
      Bytes digest = reader.bytes(size, "digest");
      HashAlgorithm.find(algorithm).ifPresent(known -> digests.put(known, digest));
    }
    return digests;
  }

  /**
   * Extends PCRs as the events say, and compares.
   *
   * @param quoted whose digest a TPM has signed
   * @return what the events say whose PCRs are quoted
   * @throws AttestationException {@link AttestationCode#EVENT_LOG_MISMATCH}
   */
  public BootClaims replay(PcrValues quoted) {
    return new Replay(banks, events, quoted).claims();
  }

  static AttestationException malformed(String why) {
    return new AttestationException(AttestationCode.EVIDENCE_MALFORMED, "the event log " + why);
  }
}
