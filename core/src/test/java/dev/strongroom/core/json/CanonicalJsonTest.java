package dev.strongroom.core.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CanonicalJsonTest {
  private static final int LIMIT = 1 << 20;

  record Sample(ModelName model, int count, boolean on, List<String> tags, @Nullable String note) {}

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static ProblemCode refusal(byte[] json) {
    return assertThrows(Problem.class, () -> CanonicalJson.parse(json, LIMIT)).code();
  }

  // RFC 8785, section 3.2.3: the sample of the sorting rules.
  @Test
  void sortsNamesByUtf16CodeUnits() {
    String input =
        "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet"
            + " With Dagesh\",\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning"
            + " Face\",\"\\u0080\":\"Control\",\"\\u00f6\":\"Latin Small Letter O With"
            + " Diaeresis\"}";
    String expected =
        "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"\u00f6\":\"Latin"
            + " Small Letter O With Diaeresis\",\"\u20ac\":\"Euro"
            + " Sign\",\"\ud83d\ude00\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet"
            + " With Dagesh\"}";
    assertEquals(
        expected,
        new String(
            CanonicalJson.write(CanonicalJson.parse(utf8(input), LIMIT)), StandardCharsets.UTF_8));
  }

  // RFC 8785, section 3.2.2: the sample of the string rules.
  @Test
  void escapesOnlyWhatMustBe() {
    String input =
        "[\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\\b\\t\\f\\r\\u0000\"]";
    assertEquals(
        "[\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\b\\t\\f\\r\\u0000\"]",
        new String(
            CanonicalJson.write(CanonicalJson.parse(utf8(input), LIMIT)), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "{\"a\":1,\"\\u0061\":2}",
        "{} {}",
        "{}x",
        "null",
        "[null]",
        "1.0",
        "1e3",
        "-0.0",
        "9007199254740992",
        "-9007199254740992",
        "123456789012345678901234567890123456",
        "NaN",
        "Infinity",
        "01",
        "+1",
        "'a'",
        "{a:1}",
        "[1,]",
        "{\"a\":1,}",
        "// c\n1",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "{\"\\ud800\":1}",
        "\"\t\"",
        "\uFEFF{}",
        "[",
        "\"a"
      })
  void refusesWhatIsAmbiguousOrBroken(String json) {
    assertEquals(ProblemCode.MALFORMED_REQUEST, refusal(utf8(json)));
  }

  @Test
  void refusesInvalidUtf8() {
    assertEquals(
        ProblemCode.MALFORMED_REQUEST, refusal(new byte[] {'"', (byte) 0xC0, (byte) 0x80, '"'}));
    assertEquals(
        ProblemCode.MALFORMED_REQUEST,
        refusal(new byte[] {'"', (byte) 0xED, (byte) 0xA0, (byte) 0x80, '"'}));
    assertEquals(ProblemCode.MALFORMED_REQUEST, refusal("{}".getBytes(StandardCharsets.UTF_16)));
  }

  @Test
  void refusesTooDeepAndTooLarge() {
    assertArrayEquals(
        utf8("[".repeat(32) + "]".repeat(32)),
        CanonicalJson.write(CanonicalJson.parse(utf8("[".repeat(32) + "]".repeat(32)), LIMIT)));
    assertEquals(ProblemCode.MALFORMED_REQUEST, refusal(utf8("[".repeat(33) + "]".repeat(33))));
    assertEquals(
        ProblemCode.TOO_LARGE,
        assertThrows(Problem.class, () -> CanonicalJson.parse(utf8("[1,2]"), 4)).code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{ }", "[1, 2]", "{\"b\":1,\"a\":2}", "\"\\u0041\"", "-0", "\"\\/\"", "1\n"})
  void canonicalParseRefusesAnotherSpelling(String json) {
    CanonicalJson.parse(utf8(json), LIMIT);
    Problem problem =
        assertThrows(Problem.class, () -> CanonicalJson.parseCanonical(utf8(json), LIMIT));
    assertEquals(ProblemCode.MALFORMED_REQUEST, problem.code());
  }

  @Test
  void readsAndWritesRecords() {
    Sample sample = new Sample(new ModelName("acme/chat"), 3, true, List.of("a", ""), null);
    byte[] bytes = CanonicalJson.writeRecord(sample);
    assertEquals(
        "{\"count\":3,\"model\":\"acme/chat\",\"on\":true,\"tags\":[\"a\",\"\"]}",
        new String(bytes, StandardCharsets.UTF_8));
    assertEquals(sample, CanonicalJson.parseCanonical(bytes, Sample.class, LIMIT));
  }

  @Test
  void readsEmptyListsAndTexts() {
    Sample sample = new Sample(new ModelName("acme/chat"), 0, false, List.of(), "");
    assertEquals(
        sample, CanonicalJson.parse(CanonicalJson.writeRecord(sample), Sample.class, LIMIT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"model\":\"a/b\",\"count\":\"3\",\"on\":true,\"tags\":[]}",
        "{\"model\":\"a/b\",\"count\":true,\"on\":true,\"tags\":[]}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":1,\"tags\":[]}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":\"true\",\"tags\":[]}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":true,\"tags\":[1]}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":true,\"tags\":[true]}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":true,\"tags\":\"a\"}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":true,\"tags\":\"\"}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":true,\"tags\":{}}",
        "{\"model\":5,\"count\":3,\"on\":true,\"tags\":[]}",
        "{\"model\":{\"value\":\"a/b\"},\"count\":3,\"on\":true,\"tags\":[]}",
        "{\"model\":\"a/b\",\"on\":true,\"tags\":[]}",
        "{\"model\":\"a/b\",\"count\":99999999999,\"on\":true,\"tags\":[]}",
        "{\"model\":\"a/b\",\"count\":3,\"on\":true,\"tags\":[],\"more\":1}",
        "{\"model\":\"a/b\",\"Count\":3,\"count\":3,\"on\":true,\"tags\":[]}",
        "[]",
        "\"\"",
        "5"
      })
  void recordsRefuseOtherTypesAndUnknownMembers(String json) {
    Problem problem =
        assertThrows(Problem.class, () -> CanonicalJson.parse(utf8(json), Sample.class, LIMIT));
    assertEquals(ProblemCode.MALFORMED_REQUEST, problem.code(), json);
  }

  @Test
  void keepsTheCodeOfARecordsConstructor() {
    byte[] json = utf8("{\"model\":\"NO\",\"count\":3,\"on\":true,\"tags\":[]}");
    Problem problem =
        assertThrows(Problem.class, () -> CanonicalJson.parse(json, Sample.class, LIMIT));
    assertEquals(ProblemCode.INVALID_NAME, problem.code());
  }

  @Test
  void whatIsWrittenReadsBackTheSame() {
    Random random = new Random(8785);
    for (int i = 0; i < 2_000; i++) {
      JsonNode tree = randomTree(random, 4);
      byte[] bytes = CanonicalJson.write(tree);
      JsonNode again = CanonicalJson.parseCanonical(bytes, LIMIT);
      assertArrayEquals(bytes, CanonicalJson.write(again), "case " + i);
    }
  }

  private static JsonNode randomTree(Random random, int depth) {
    JsonNodeFactory nodes = JsonNodeFactory.instance;
    return switch (random.nextInt(depth == 0 ? 3 : 5)) {
      case 0 -> nodes.numberNode(random.nextLong() >> (11 + random.nextInt(50)));
      case 1 -> nodes.booleanNode(random.nextBoolean());
      case 2 -> nodes.textNode(randomText(random));
      case 3 -> {
        var array = nodes.arrayNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          array.add(randomTree(random, depth - 1));
        }
        yield array;
      }
      default -> {
        var object = nodes.objectNode();
        for (int i = random.nextInt(4); i > 0; i--) {
          object.set(randomText(random), randomTree(random, depth - 1));
        }
        yield object;
      }
    };
  }

  private static String randomText(Random random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(6); i > 0; i--) {
      int bound = random.nextBoolean() ? 0x80 : 0x110000;
      int c = random.nextInt(bound);
      text.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? 'x' : c);
    }
    return text.toString();
  }
}
