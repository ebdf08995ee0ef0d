package dev.strongroom.core.encoding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CanonicalEncodingTest {

  @Test
  void prefixesEachFieldWithItsLength() {
    byte[] bytes =
        CanonicalEncoding.of("t")
            .text("é")
            .number(258)
            .raw(new byte[] {1, 2})
            .raw(new byte[0])
            .bytes();
    assertEquals(
        "00000001"
            + "74"
            + "00000002"
            + "c3a9"
            + "00000008"
            + "0000000000000102"
            + "00000002"
            + "0102"
            + "00000000",
        HexFormat.of().formatHex(bytes));
  }

  @Test
  void digestIsThatOfTheBytes() {
    CanonicalEncoding encoding = CanonicalEncoding.of("t").number(1);
    assertArrayEquals(Sha256Digest.of(encoding.bytes()).bytes(), encoding.sha256());
  }

  @Test
  void refusesWhatHasNoEncoding() {
    assertThrows(IllegalArgumentException.class, () -> CanonicalEncoding.of("t").number(-1));
    Problem problem = assertThrows(Problem.class, () -> CanonicalEncoding.of("t").text("a\ud800"));
    assertEquals(ProblemCode.MALFORMED_REQUEST, problem.code());
  }

  // Rows of short fields over a small alphabet collide at once when boundaries are not encoded.
  @Test
  void differentRowsNeverShareBytes() {
    Random random = new Random(1);
    Map<String, List<String>> seen = new HashMap<>();
    for (int i = 0; i < 50_000; i++) {
      List<String> row = new ArrayList<>();
      for (int fields = 1 + random.nextInt(4); fields > 0; fields--) {
        StringBuilder field = new StringBuilder();
        for (int length = random.nextInt(4); length > 0; length--) {
          field.append((char) random.nextInt(3));
        }
        row.add(field.toString());
      }
      CanonicalEncoding encoding = CanonicalEncoding.of(row.getFirst());
      row.stream().skip(1).forEach(encoding::text);
      List<String> before = seen.putIfAbsent(HexFormat.of().formatHex(encoding.bytes()), row);
      if (before != null) {
        assertEquals(before, row, "case " + i);
      }
    }
  }

  @Test
  void utf8RefusesInsteadOfReplacing() {
    byte[][] invalid = {
      {(byte) 0x80},
      {(byte) 0xC0, (byte) 0xAF},
      {(byte) 0xED, (byte) 0xA0, (byte) 0x80},
      {(byte) 0xF4, (byte) 0x90, (byte) 0x80, (byte) 0x80},
      {(byte) 0xE2, (byte) 0x82}
    };
    for (byte[] bytes : invalid) {
      assertThrows(Problem.class, () -> Utf8.decode(bytes), HexFormat.of().formatHex(bytes));
    }
    String text = "a\u0000ß\u20ac\ud83d\ude00";
    assertEquals(text, Utf8.decode(Utf8.encode(text)));
    assertArrayEquals(text.getBytes(StandardCharsets.UTF_8), Utf8.encode(text));
  }

  @Test
  void digestHasOneSpelling() {
    String hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assertEquals(hex, Sha256Digest.of(new byte[0]).hex());
    for (String other :
        List.of(
            "",
            hex.toUpperCase(java.util.Locale.ROOT),
            hex + "0",
            hex.substring(1),
            " " + hex.substring(1))) {
      assertThrows(Problem.class, () -> new Sha256Digest(other), other);
    }
  }
}
