package dev.strongroom.attestation.bytes;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import org.junit.jupiter.api.Test;

class ByteReaderTest {
  private static final byte[] COUNTING =
      Bytes.ofHex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0efee").array();

  @Test
  void numbersAreUnsignedAndOfTheOrderAskedFor() {
    ByteReader little = ByteReader.littleEndian(COUNTING, "report");
    assertEquals(0xff, little.u8("a"));
    assertEquals(0xfdfe, little.u16("b"));
    assertEquals(0xf9fafbfcL, little.u32("c"));
    assertEquals(0xf1f2f3f4f5f6f7f8L, little.u64("d"));
    assertEquals(0xeeeff0, little.u24("e"));
    assertEquals(18, little.position());
    little.end();
    ByteReader big = ByteReader.bigEndian(COUNTING, "quote");
    assertEquals(0xff, big.u8("a"));
    assertEquals(0xfefd, big.u16("b"));
    assertEquals(0xfcfbfaf9L, big.u32("c"));
    assertEquals(0xf8f7f6f5f4f3f2f1L, big.u64("d"));
    assertEquals(0xf0efee, big.u24("e"));
    assertEquals(0, big.remaining());
  }

  @Test
  void whatIsNotThereIsRefusedWithItsPlace() {
    ByteReader reader = ByteReader.littleEndian(new byte[] {1, 2}, "report");
    assertEquals(1, reader.u8("first"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, "offset 1", () -> reader.u16("second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.u24("second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.u32("second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.u64("second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, "second", () -> reader.array(2, "second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.skip(2, "second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.part(2, "second"));
    assertEquals(2, reader.u8("second"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.u8("third"));
  }

  @Test
  void absurdLengthsAllocateNothing() {
    ByteReader reader = ByteReader.bigEndian(new byte[8], "quote");
    for (long count : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32, 0xffffffffL}) {
      assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.bytes(count, "field"));
      assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.skip(count, "field"));
      assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> reader.part(count, "field"));
    }
    assertEquals(0, reader.position());
  }

  @Test
  void aPartEndsWhereItsLengthSays() {
    ByteReader reader = ByteReader.bigEndian(COUNTING, "quote");
    reader.skip(1, "magic");
    ByteReader part = reader.part(3, "clock");
    assertEquals(4, reader.position());
    assertEquals(0xfefd, part.u16("clock"));
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, "the clock", () -> part.u16("resets"));
    assertRefused(AttestationCode.EVIDENCE_TRAILING_BYTES, "1 bytes", part::end);
    assertArrayEquals(new byte[] {(byte) 0xfc}, part.array(1, "resets"));
    part.end();
    assertRefused(AttestationCode.EVIDENCE_TRAILING_BYTES, "14 bytes", reader::end);
  }
}
