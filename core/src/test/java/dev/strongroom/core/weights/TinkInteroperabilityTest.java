package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import com.google.crypto.tink.subtle.AesGcmHkdfStreaming;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is written here, Tink for Java reads; and the reverse. */
class TinkInteroperabilityTest {

  static Stream<Arguments> sizes() {
    return Stream.concat(
        boundaries(4096).mapToObj(size -> Arguments.of(4096, size)),
        boundaries(1 << 20).mapToObj(size -> Arguments.of(1 << 20, size)));
  }

  private static IntStream boundaries(int segment) {
    int first = segment - 56;
    int later = segment - 16;
    return IntStream.of(
        0,
        1,
        first - 1,
        first,
        first + 1,
        segment,
        first + later - 1,
        first + later,
        first + later + 1,
        first + 3 * later,
        first + 3 * later + 17);
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void tinkReadsWhatWeWrite(int segmentSize, int size) throws Exception {
    byte[] plaintext = SampleFile.plaintext(size, segmentSize);
    SampleFile file = SampleFile.of(size, segmentSize);
    byte[] object = file.encrypt(plaintext);
    try (var in =
        tink(segmentSize)
            .newDecryptingStream(new ByteArrayInputStream(object), file.context().digest())) {
      assertArrayEquals(plaintext, in.readAllBytes());
    }
  }

  @ParameterizedTest
  @MethodSource("sizes")
  void weReadWhatTinkWrites(int segmentSize, int size) throws Exception {
    byte[] plaintext = SampleFile.plaintext(size, segmentSize);
    SampleFile file = SampleFile.of(size, segmentSize);
    ByteArrayOutputStream object = new ByteArrayOutputStream();
    try (OutputStream out =
        tink(segmentSize).newEncryptingStream(object, file.context().digest())) {
      int written = 0;
      Random random = new Random(size);
      while (written < size) {
        int step = Math.min(size - written, 1 + random.nextInt(100_000));
        out.write(plaintext, written, step);
        written += step;
      }
    }
    assertArrayEquals(plaintext, file.decrypt(object.toByteArray()));
  }

  private static AesGcmHkdfStreaming tink(int segmentSize) throws Exception {
    return new AesGcmHkdfStreaming(SampleFile.streamKey(), "HmacSha256", 32, segmentSize, 0);
  }
}
