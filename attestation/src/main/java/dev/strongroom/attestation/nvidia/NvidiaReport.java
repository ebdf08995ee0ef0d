package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An SPDM 1.1 GET_MEASUREMENTS request and its MEASUREMENTS response, one behind the other (DSP0274
 * tables 41 and 43), as one GPU or switch signs them.
 *
 * @param nonce of the request: what the report binds. 32 bytes
 * @param slot of the certificate chain that signs, 0 to 7
 * @param measurements SHA-384, by NVIDIA's index: that of the block less one
 * @param responderNonce of the device. 32 bytes
 * @param opaque NVIDIA's fields
 * @param signed the exact bytes that the signature covers: all before it
 * @param signature R and S, 48 bytes each
 */
public record NvidiaReport(
    Bytes nonce,
    int slot,
    SortedMap<Integer, Bytes> measurements,
    Bytes responderNonce,
    Map<OpaqueField, Bytes> opaque,
    Bytes signed,
    Bytes signature) {
  /** The most bytes that a report may have. */
  static final int MAX_SIZE = 64 << 10;

  private static final int SPDM_1_1 = 0x11;
  private static final int GET_MEASUREMENTS = 0xe0;
  private static final int MEASUREMENTS = 0x60;
  private static final int SIGNATURE_REQUESTED = 0x01;
  private static final int ALL_MEASUREMENTS = 0xff;
  private static final int MAX_SLOT = 7;
  private static final int DMTF = 0x01;
  private static final int RAW_BIT_STREAM = 0x80;
  private static final int NONCE_SIZE = 32;
  private static final int DIGEST_SIZE = 48;
  private static final int SIGNATURE_SIZE = 96;
  private static final int MAX_OPAQUE_VERSION = 1;

  public NvidiaReport {
    measurements = Collections.unmodifiableSortedMap(new TreeMap<>(measurements));
    opaque = Collections.unmodifiableMap(new EnumMap<>(opaque));
  }

  /**
   * Reads. There is no padding: what follows the signature is refused.
   *
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRUNCATED}, {@link
   *     AttestationCode#EVIDENCE_TRAILING_BYTES}, {@link AttestationCode#EVIDENCE_OVERSIZED},
   *     {@link AttestationCode#EVIDENCE_MALFORMED}, or {@link AttestationCode#VERSION_UNKNOWN} for
   *     another version of SPDM or of the opaque data
   */
  public static NvidiaReport parse(byte[] evidence) {
    if (evidence.length > MAX_SIZE) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED,
          "a measurement report has at most " + MAX_SIZE + " bytes, not " + evidence.length);
    }
    ByteReader in = ByteReader.littleEndian(evidence, "measurement report");
    requireMessage(in, GET_MEASUREMENTS, "request");
    require(in.u8("attributes of the request"), SIGNATURE_REQUESTED, "attributes of the request");
    require(in.u8("operation of the request"), ALL_MEASUREMENTS, "operation of the request");
    Bytes nonce = in.bytes(NONCE_SIZE, "nonce of the request");
    int slot = in.u8("slot");
    if (slot > MAX_SLOT) {
      throw malformed("slot of the request is " + slot + ", above 7");
    }
    requireMessage(in, MEASUREMENTS, "response");
    require(in.u8("first parameter of the response"), 0, "first parameter of the response");
    require(in.u8("slot of the response"), slot, "slot of the response");
    int blocks = in.u8("number of blocks");
    ByteReader record = in.part(in.u24("measurement record length"), "measurement record");
    SortedMap<Integer, Bytes> measurements = measurements(record, blocks);
    Bytes responderNonce = in.bytes(NONCE_SIZE, "nonce of the response");
    Map<OpaqueField, Bytes> opaque = opaque(in.part(in.u16("opaque data length"), "opaque data"));
    Bytes signed = Bytes.of(Arrays.copyOf(evidence, in.position()));
    Bytes signature = in.bytes(SIGNATURE_SIZE, "signature");
    in.end();
    return new NvidiaReport(nonce, slot, measurements, responderNonce, opaque, signed, signature);
  }

  private static void requireMessage(ByteReader in, int code, String message) {
    int version = in.u8("version of the " + message);
    if (version != SPDM_1_1) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "the "
              + message
              + " is of SPDM version 0x"
              + Integer.toHexString(version)
              + ", and 0x11 is known");
    }
    require(in.u8("code of the " + message), code, "code of the " + message);
  }

  private static void require(int found, int expected, String field) {
    if (found != expected) {
      throw malformed(field + " is " + found + ", not " + expected);
    }
  }

  private static SortedMap<Integer, Bytes> measurements(ByteReader record, int blocks) {
    if (blocks == 0) {
      throw malformed("response has no measurements");
    }
    SortedMap<Integer, Bytes> measurements = new TreeMap<>();
    for (int i = 0; i < blocks; i++) {
      require(record.u8("measurement index"), i + 1, "measurement index");
      require(record.u8("measurement specification"), DMTF, "measurement specification");
      ByteReader block = record.part(record.u16("measurement size"), "measurement");
      int type = block.u8("measurement type");
      if ((type & RAW_BIT_STREAM) != 0) {
        throw malformed("measurement " + i + " is a raw bit stream, not a digest");
      }
      require(block.u16("digest size"), DIGEST_SIZE, "digest size");
      measurements.put(i, block.bytes(DIGEST_SIZE, "digest"));
      block.end();
    }
    record.end();
    return measurements;
  }

  private static Map<OpaqueField, Bytes> opaque(ByteReader in) {
    Map<OpaqueField, Bytes> fields = new EnumMap<>(OpaqueField.class);
    while (in.remaining() > 0) {
      int id = in.u16("opaque field");
      OpaqueField field =
          OpaqueField.of(id)
              .orElseThrow(() ->
                  malformed(
                      "opaque data has a field "
                          + id
                          + " that is not known here. A newer"
                          + " release may know it"));
      Bytes value = in.bytes(in.u16("opaque field size"), "opaque field");
      if (fields.putIfAbsent(field, value) != null) {
        throw malformed("opaque field " + field.claimName() + " is there twice");
      }
    }
    long version = number(fields.get(OpaqueField.OPAQUE_DATA_VERSION));
    if (version < 0 || version > MAX_OPAQUE_VERSION) {
      throw new AttestationException(
          AttestationCode.VERSION_UNKNOWN,
          "the opaque data is of version " + version + ", and 0 and 1 are known");
    }
    fields.forEach((field, value) -> {
      if (field.isText()) {
        var _ = text(field, value);
      }
    });
    return fields;
  }

  /** The text of a field; null when it is not there. */
  @Nullable String text(OpaqueField field) {
    Bytes value = opaque.get(field);
    return value == null ? null : text(field, value);
  }

  static String text(OpaqueField field, Bytes value) {
    StringBuilder text = new StringBuilder();
    boolean ended = false;
    for (byte each : value.array()) {
      boolean printable = each >= 0x20 && each <= 0x7e;
      if (each != 0 && (ended || !printable)) {
        throw malformed("opaque field " + field.claimName() + " is no text filled with zeros");
      }
      ended |= each == 0;
      if (!ended) {
        text.append((char) each);
      }
    }
    return text.toString();
  }

  /** The little-endian number of a field of at most 7 bytes; 0 when it is not there, else -1. */
  private static long number(@Nullable Bytes value) {
    if (value == null) {
      return 0;
    }
    if (value.size() > 7) {
      return -1;
    }
    long number = 0;
    byte[] bytes = value.array();
    for (int i = bytes.length - 1; i >= 0; i--) {
      number = (number << 8) | Byte.toUnsignedLong(bytes[i]);
    }
    return number;
  }

  /** The number of a field; -1 when it is not there, or too long for one. */
  long number(OpaqueField field) {
    Bytes value = opaque.get(field);
    return value == null ? -1 : number(value);
  }

  private static AttestationException malformed(String problem) {
    return new AttestationException(AttestationCode.EVIDENCE_MALFORMED, "the " + problem);
  }
}
