package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentLayoutTest {
  private static final int S = SegmentLayout.DEFAULT_SEGMENT_SIZE;

  @ParameterizedTest
  @CsvSource({
    "0, 1, 56",
    "1, 1, 57",
    "1048519, 1, 1048575",
    "1048520, 1, 1048576",
    "1048521, 2, 1048593",
    "2097080, 2, 2097152",
    "2097081, 3, 2097169",
    "8589934592, 8193, 8590065720"
  })
  void agreesWithTheFormulaOfTheFormat(long plaintext, int segments, long ciphertext) {
    SegmentLayout layout = new SegmentLayout(plaintext, S);
    assertEquals(segments, layout.segmentCount());
    assertEquals(ciphertext, layout.ciphertextSize());
  }

  @Test
  void segmentsTileBothSides() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      int segmentSize = SegmentLayout.MIN_SEGMENT_SIZE << random.nextInt(12);
      long size = random.nextLong(20L * segmentSize);
      SegmentLayout layout = new SegmentLayout(size, segmentSize);
      long plaintext = 0;
      long ciphertext = StreamHeader.BYTES;
      for (int k = 0; k < layout.segmentCount(); k++) {
        assertEquals(plaintext, layout.plaintextOffset(k));
        assertEquals(ciphertext, layout.ciphertextOffset(k));
        assertEquals(k == layout.segmentCount() - 1, layout.isLast(k));
        assertTrue(layout.ciphertextLength(k) <= segmentSize);
        int length = layout.plaintextLength(k);
        assertTrue(length > 0 || size == 0);
        if (length > 0) {
          assertEquals(k, layout.segmentAt(plaintext));
          assertEquals(k, layout.segmentAt(plaintext + length - 1));
        }
        plaintext += length;
        ciphertext += layout.ciphertextLength(k);
      }
      assertEquals(size, plaintext);
      assertEquals(layout.ciphertextSize(), ciphertext);
    }
  }

  @Test
  void largestFileHasNoOverflow() {
    long most = (long) SegmentLayout.MAX_SEGMENTS * (SegmentLayout.MAX_SEGMENT_SIZE - 16L) - 40;
    SegmentLayout layout = new SegmentLayout(most, SegmentLayout.MAX_SEGMENT_SIZE);
    assertEquals(SegmentLayout.MAX_SEGMENTS, layout.segmentCount());
    int last = layout.segmentCount() - 1;
    assertEquals(most, layout.plaintextOffset(last) + layout.plaintextLength(last));
    assertEquals(
        layout.ciphertextSize(), layout.ciphertextOffset(last) + layout.ciphertextLength(last));
    assertEquals(
        ProblemCode.TOO_LARGE,
        assertThrows(
                Problem.class, () -> new SegmentLayout(most + 1, SegmentLayout.MAX_SEGMENT_SIZE))
            .code());
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 46})
  void refusesSizesOutsideTheFormat(long size) {
    assertEquals(
        ProblemCode.TOO_LARGE,
        assertThrows(Problem.class, () -> new SegmentLayout(size, S)).code());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, -1, Integer.MIN_VALUE, 57, 4095, 2048, 1 << 24, 1048577, 3 << 19})
  void refusesOtherSegmentSizes(int segmentSize) {
    assertEquals(
        ProblemCode.UNSUPPORTED_ALGORITHM,
        assertThrows(Problem.class, () -> new SegmentLayout(1, segmentSize)).code());
  }

  @Test
  void refusesSegmentsThatDoNotExist() {
    SegmentLayout layout = new SegmentLayout(S, S);
    assertThrows(IndexOutOfBoundsException.class, () -> layout.ciphertextOffset(-1));
    assertThrows(IndexOutOfBoundsException.class, () -> layout.isLast(2));
    assertThrows(IndexOutOfBoundsException.class, () -> layout.segmentAt(S + 1L));
    assertFalse(layout.isLast(0));
  }

  @Test
  void headerHasOneForm() {
    byte[] bytes = SampleFile.header(4).bytes();
    StreamHeader header = StreamHeader.parse(bytes);
    assertEquals(header, StreamHeader.parse(header.bytes()));
    assertEquals(32, header.salt().length);
    assertEquals(7, header.noncePrefix().length);
    byte[] otherLength = bytes.clone();
    otherLength[0] = 0x29;
    byte[][] refused = {new byte[0], new byte[39], new byte[41], otherLength};
    for (byte[] other : refused) {
      assertEquals(
          ProblemCode.CIPHERTEXT_HEADER_INVALID,
          assertThrows(Problem.class, () -> StreamHeader.parse(other)).code());
    }
  }
}
