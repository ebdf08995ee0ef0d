package dev.strongroom.attestation.nitro;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.bytes.ByteReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Reads the CBOR (RFC 8949) of a structure that is known beforehand: what stands next is asked for,
 * and anything else is refused, above all numbers in longer form than needed, tags, and indefinite
 * lengths but where {@link #mapOrOpenMap} expects one. Nothing in here recurses.
 */
final class CborReader {
  /** What {@link #mapOrOpenMap} gives for a map that ends with a break. */
  static final int OPEN = -1;

  private static final int UNSIGNED = 0;
  private static final int NEGATIVE = 1;
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int ARRAY = 4;
  private static final int MAP = 5;
  private static final int TAG = 6;
  private static final int SIMPLE = 7;

  private static final long NULL = 22;
  private static final int INDEFINITE = 31;

  private final ByteReader in;

  /** The first byte of an item and the number that it comes with. */
  private record Head(int major, long argument, boolean indefinite) {}

  CborReader(byte[] bytes, String what) {
    this.in = ByteReader.bigEndian(bytes, what);
  }

  /** An unsigned number below 2^63. */
  long unsigned(String field) {
    return number(head(field), UNSIGNED, Long.MAX_VALUE, field);
  }

  /** A number of either sign, as small as those that COSE registers. */
  long integer(String field) {
    Head head = head(field);
    return head.major == NEGATIVE
        ? -1 - number(head, NEGATIVE, Integer.MAX_VALUE, field)
        : number(head, UNSIGNED, Integer.MAX_VALUE, field);
  }

  /** A byte string of at most that size. */
  byte[] bytes(int max, String field) {
    return in.array(number(head(field), BYTES, max, field), field);
  }

  /** A byte string of at most that size; null where null stands. */
  @Nullable Bytes bytesOrNull(int max, String field) {
    Head head = head(field);
    return head.major == SIMPLE && head.argument == NULL && !head.indefinite
        ? null
        : in.bytes(number(head, BYTES, max, field), field);
  }

  /** A text of at most that many bytes. */
  String text(int max, String field) {
    return text(head(field), max, field);
  }

  /** The next key of a map; null for the break at the end of an open one. */
  @Nullable String keyOrBreak(int max, String field) {
    Head head = head(field);
    return head.major == SIMPLE && head.indefinite ? null : text(head, max, field);
  }

  /** How many items an array has. */
  int array(int max, String field) {
    return (int) number(head(field), ARRAY, max, field);
  }

  /** How many pairs a map has. */
  int map(int max, String field) {
    return (int) number(head(field), MAP, max, field);
  }

  /** How many pairs a map has, or {@link #OPEN}. */
  int mapOrOpenMap(int max, String field) {
    Head head = head(field);
    return head.major == MAP && head.indefinite ? OPEN : (int) number(head, MAP, max, field);
  }

  /** How many items an array has, with or without this tag around it. */
  int arrayMaybeTagged(long tag, int max, String field) {
    Head head = head(field);
    if (head.major == TAG && head.argument == tag) {
      head = head(field);
    }
    return (int) number(head, ARRAY, max, field);
  }

  /**
   * @throws AttestationException {@link AttestationCode#EVIDENCE_TRAILING_BYTES}
   */
  void end() {
    in.end();
  }

  private String text(Head head, int max, String field) {
    byte[] utf8 = in.array(number(head, TEXT, max, field), field);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw malformed(field, "is not UTF-8");
    }
  }

  private static long number(Head head, int major, long max, String field) {
    if (head.major != major) {
      throw malformed(field, "is of CBOR type " + head.major + ", not " + major);
    }
    if (head.indefinite) {
      throw malformed(field, "has an indefinite length");
    }
    if (head.argument < 0 || head.argument > max) {
      throw malformed(
          field,
          "has " + Long.toUnsignedString(head.argument) + ", where at most " + max + " goes");
    }
    return head.argument;
  }

  private Head head(String field) {
    int first = in.u8(field);
    int major = first >> 5;
    int info = first & 31;
    return switch (info) {
      case 24 -> head(major, in.u8(field), info, field);
      case 25 -> head(major, in.u16(field), 1L << 8, field);
      case 26 -> head(major, in.u32(field), 1L << 16, field);
      case 27 -> head(major, in.u64(field), 1L << 32, field);
      case 28, 29, 30 -> throw malformed(field, "has a reserved CBOR length");
      case INDEFINITE -> new Head(major, 0, true);
      default -> new Head(major, info, false);
    };
  }

  private static Head head(int major, long argument, long least, String field) {
    if (Long.compareUnsigned(argument, least) < 0) {
      throw malformed(field, "has a number in longer form than needed");
    }
    return new Head(major, argument, false);
  }

  static AttestationException malformed(String field, String problem) {
    return new AttestationException(
        AttestationCode.EVIDENCE_MALFORMED, "the " + field + " " + problem);
  }
}
