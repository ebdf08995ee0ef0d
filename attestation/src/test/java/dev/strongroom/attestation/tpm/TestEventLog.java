package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Bytes;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
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
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> values = new TreeMap<>();

  public TestEventLog(HashAlgorithm... banks) {
    this.banks = List.of(banks);
    ByteBuffer id = little(29 + 4 * banks.length);
    id.put("Spec ID Event03\0".getBytes(StandardCharsets.US_ASCII));
    id.putInt(0).put((byte) 0).put((byte) 2).put((byte) 0).put((byte) 2).putInt(banks.length);
    for (HashAlgorithm bank : banks) {
      id.putShort((short) bank.id()).putShort((short) bank.size());
      SortedMap<Integer, Bytes> zeros = new TreeMap<>();
      for (int pcr = 0; pcr < 8; pcr++) {
        zeros.put(pcr, Bytes.of(new byte[bank.size()]));
      }
      values.put(bank, zeros);
    }
    id.put((byte) 0);
    out.writeBytes(little(8).putInt(0).putInt((int) NO_ACTION).array());
    out.writeBytes(new byte[20]);
    out.writeBytes(little(4).putInt(id.position()).array());
    out.write(id.array(), 0, id.position());
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
    log.measureAs(4, APPLICATION, ascii("shim, measured"), ascii("path of shim"));
    log.measureAs(4, APPLICATION, ascii("kernel, measured"), ascii("path of kernel"));
    return log;
  }

  public static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** UEFI_VARIABLE_DATA of a global variable of one byte. */
  public static byte[] variable(String name, int value) {
    ByteBuffer data = little(16 + 16 + 2 * name.length() + 1);
    data.put(Bytes.ofHex("61dfe48bca93d211aa0d00e098032b8c").array());
    data.putLong(name.length()).putLong(1);
    return data.put(name.getBytes(StandardCharsets.UTF_16LE)).put((byte) value).array();
  }

  /** An event whose data was measured. */
  public TestEventLog measure(int pcr, long type, byte[] data) {
    return measureAs(pcr, type, data, data);
  }

  /** An event that shows other data than was measured. */
  public TestEventLog measureAs(int pcr, long type, byte[] measured, byte[] shown) {
    event(pcr, type, measured, shown);
    if (type != NO_ACTION) {
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
    out.writeBytes(little(12).putInt(pcr).putInt((int) type).putInt(banks.size()).array());
    for (HashAlgorithm bank : banks) {
      out.writeBytes(little(2).putShort((short) bank.id()).array());
      out.writeBytes(bank.digest(measured).array());
    }
    out.writeBytes(little(4).putInt(shown.length).array());
    out.writeBytes(shown);
    return this;
  }

  public TestEventLog startAt(int pcr, HashAlgorithm bank, Bytes value) {
    values.getOrDefault(bank, new TreeMap<>()).put(pcr, value);
    return this;
  }

  public Bytes bytes() {
    return Bytes.of(out.toByteArray());
  }

  /** PCRs 0 to 7 (and others that were set) as these events leave them. */
  public PcrValues pcrs() {
    return new PcrValues(values);
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
