package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Writes event logs as firmware does, and extends PCRs beside. */
public final class TestEventLog {
  public static final long NO_ACTION = 3;
  public static final long SEPARATOR = 4;
  public static final long S_CRTM_VERSION = 8;
  public static final long VARIABLE = 0x80000001L;
  public static final long APPLICATION = 0x80000003L;
  public static final long ACTION = 0x80000007L;

  private final List<HashAlgorithm> banks;
  private final List<Extension> extensions = new ArrayList<>();
  private final Little out = new Little();
  private final SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> values = new TreeMap<>();

  public TestEventLog(HashAlgorithm... banks) {
    this.banks = List.of(banks);
    Little id = new Little().raw(ascii("Spec ID Event03\0"));
    id.number(0, 4).number(0, 1).number(2, 1).number(0, 1).number(2, 1).number(banks.length, 4);
    for (HashAlgorithm bank : banks) {
      id.number(bank.id(), 2).number(bank.size(), 2);
      SortedMap<Integer, Bytes> zeros = new TreeMap<>();
      for (int pcr = 0; pcr < 8; pcr++) {
        zeros.put(pcr, Bytes.of(new byte[bank.size()]));
      }
      values.put(bank, zeros);
    }
    id.number(0, 1);
    out.number(0, 4).number(NO_ACTION, 4).raw(new byte[20]).sized(id.bytes());
  }

  /** The start of an ordinary machine with secure boot. */
  public static TestEventLog ordinary(HashAlgorithm... banks) {
    TestEventLog log = new TestEventLog(banks);
    log.measure(0, S_CRTM_VERSION, "1.02".getBytes(StandardCharsets.UTF_16LE));
    log.measure(7, VARIABLE, variable("SecureBoot", 1));
    log.measure(7, VARIABLE, variable("PK", 9));
    log.measure(4, ACTION, ascii("Calling EFI Application from Boot Option"));
    for (int pcr = 0; pcr < 8; pcr++) {
      log.measure(pcr, SEPARATOR, new byte[4]);
    }
    log.measureAs(4, APPLICATION, ascii("shim, measured"), new byte[32]);
    log.measureAs(4, APPLICATION, ascii("kernel, measured"), new byte[32]);
    return log;
  }

  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** UEFI_VARIABLE_DATA of a global variable of one byte. */
  public static byte[] variable(String name, int value) {
    return new Little()
        .raw(Bytes.ofHex("61dfe48bca93d211aa0d00e098032b8c").array())
        .number(name.length(), 8)
        .number(1, 8)
        .raw(name.getBytes(StandardCharsets.UTF_16LE))
        .number(value, 1)
        .bytes();
  }

  /** An event whose data was measured. */
  public TestEventLog measure(int pcr, long type, byte[] data) {
    return measureAs(pcr, type, data, data);
  }

  /** An event that shows other data than was measured. */
  public TestEventLog measureAs(int pcr, long type, byte[] measured, byte[] shown) {
    event(pcr, type, measured, shown);
    if (type != NO_ACTION) {
      extensions.add(new Extension(pcr, Bytes.of(measured)));
      for (HashAlgorithm bank : banks) {
        MessageDigest digest = bank.start();
        SortedMap<Integer, Bytes> of = values.get(bank);
        Bytes before = of == null ? null : of.get(pcr);
        if (of != null && before != null) {
          digest.update(before.array());
          of.put(pcr, Bytes.of(digest.digest(bank.digest(measured).array())));
        }
      }
    }
    return this;
  }

  /** An event that no PCR knows of. */
  public TestEventLog event(int pcr, long type, byte[] measured, byte[] shown) {
    out.number(pcr, 4).number(type, 4).number(banks.size(), 4);
    for (HashAlgorithm bank : banks) {
      out.number(bank.id(), 2).raw(bank.digest(measured).array());
    }
    out.sized(shown);
    return this;
  }

  /**
   * What a PCR was extended with.
   *
   * @param measured what the digests are of
   */
  public record Extension(int pcr, Bytes measured) {}

  /** All of them, in order. */
  public List<Extension> extensions() {
    return List.copyOf(extensions);
  }

  public TestEventLog startAt(int pcr, HashAlgorithm bank, Bytes value) {
    values.getOrDefault(bank, new TreeMap<>()).put(pcr, value);
    return this;
  }

  public Bytes bytes() {
    return Bytes.of(out.bytes());
  }

  /** PCRs 0 to 7 (and others that were set) as these events leave them. */
  public PcrValues pcrs() {
    return new PcrValues(values);
  }

  /** Little endian. */
  static final class Little {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    Little number(long value, int bytes) {
      for (int i = 0; i < bytes; i++) {
        out.write((int) (value >>> (8 * i)));
      }
      return this;
    }

    Little raw(byte[] bytes) {
      out.writeBytes(bytes);
      return this;
    }

    Little sized(byte[] bytes) {
      return number(bytes.length, 4).raw(bytes);
    }

    byte[] bytes() {
      return out.toByteArray();
    }
  }
}
