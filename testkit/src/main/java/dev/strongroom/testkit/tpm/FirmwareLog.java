package dev.strongroom.testkit.tpm;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * Firmware that measures: writes the event log of a start (TCG PC Client Platform Firmware Profile,
 * section 10, crypto agile, banks SHA-256 and SHA-384) and extends the PCRs of a TPM alike.
 */
public final class FirmwareLog {
  private static final int NO_ACTION = 3;
  private static final int SEPARATOR = 4;
  private static final int S_CRTM_VERSION = 8;
  private static final int VARIABLE = 0x80000001;
  private static final int APPLICATION = 0x80000003;
  private static final int SHA256 = 0x000b;
  private static final int SHA384 = 0x000c;
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] GLOBAL_VARIABLES = HEX.parseHex("61dfe48bca93d211aa0d00e098032b8c");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final List<String> extensions = new ArrayList<>();

  private FirmwareLog() {
    ByteArrayOutputStream id = new ByteArrayOutputStream();
    id.writeBytes("Spec ID Event03\0".getBytes(StandardCharsets.US_ASCII));
    // Platform class, minor and major version, errata, size of UINTN in 32 bits, two banks.
    number(id, 0, 4).writeBytes(new byte[] {0, 2, 0, 2});
    number(number(number(id, 2, 4), SHA256, 2), 32, 2);
    number(number(number(id, SHA384, 2), 48, 2), 0, 1);
    number(number(out, 0, 4), NO_ACTION, 4).writeBytes(new byte[20]);
    sized(id.toByteArray());
  }

  /** The start of an ordinary machine with secure boot. */
  public static FirmwareLog ordinary() {
    FirmwareLog log = new FirmwareLog();
    log.measure(0, S_CRTM_VERSION, "1.02".getBytes(StandardCharsets.UTF_16LE));
    log.measure(7, VARIABLE, variable("SecureBoot", 1));
    log.measure(7, VARIABLE, variable("PK", 9));
    for (int pcr = 0; pcr < 8; pcr++) {
      log.measure(pcr, SEPARATOR, new byte[4]);
    }
    log.measure(4, APPLICATION, "boot loader".getBytes(StandardCharsets.US_ASCII));
    return log;
  }

  // UEFI_VARIABLE_DATA of a variable of one byte.
  private static byte[] variable(String name, int value) {
    ByteArrayOutputStream variable = new ByteArrayOutputStream();
    variable.writeBytes(GLOBAL_VARIABLES);
    number(number(variable, name.length(), 8), 1, 8)
        .writeBytes(name.getBytes(StandardCharsets.UTF_16LE));
    variable.write(value);
    return variable.toByteArray();
  }

  private void measure(int pcr, int type, byte[] data) {
    byte[] sha256 = digest("SHA-256", data);
    byte[] sha384 = digest("SHA-384", data);
    number(number(number(out, pcr, 4), type, 4), 2, 4);
    number(out, SHA256, 2).writeBytes(sha256);
    number(out, SHA384, 2).writeBytes(sha384);
    sized(data);
    extensions.add(pcr + ":sha256=" + HEX.formatHex(sha256) + ",sha384=" + HEX.formatHex(sha384));
  }

  /** The log, as the kernel shows it. */
  public byte[] bytes() {
    return out.toByteArray();
  }

  /** Extends the PCRs of a TPM as this log says. */
  public void extend(SoftwareTpm tpm) {
    for (String extension : extensions) {
      var _ = tpm.run("tpm2_pcrextend", extension);
    }
  }

  private void sized(byte[] data) {
    number(out, data.length, 4).writeBytes(data);
  }

  private static ByteArrayOutputStream number(ByteArrayOutputStream to, long value, int bytes) {
    for (int i = 0; i < bytes; i++) {
      to.write((int) (value >>> (8 * i)));
    }
    return to;
  }

  private static byte[] digest(String algorithm, byte[] data) {
    try {
      return MessageDigest.getInstance(algorithm).digest(data);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has " + algorithm, e);
    }
  }
}
