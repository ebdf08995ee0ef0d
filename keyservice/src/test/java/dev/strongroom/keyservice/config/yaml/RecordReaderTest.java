package dev.strongroom.keyservice.config.yaml;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RecordReaderTest {

  /** One component of each kind. */
  public record Sample(
      @Nullable String text,
      @Nullable Integer number,
      @Nullable Long big,
      @Nullable Double fraction,
      @Nullable Boolean flag,
      @Nullable Duration duration,
      @Nullable ByteSize size,
      @Default("") List<String> list,
      @Default("") Map<String, String> map) {}

  private static Reading<Sample> read(String yaml) {
    return RecordReader.read(yaml, Sample.class, Path.of("/"), null);
  }

  private static String fault(String yaml) {
    List<?> faults = assertInstanceOf(Reading.Invalid.class, read(yaml)).faults();
    assertEquals(1, faults.size(), faults.toString());
    return faults.getFirst().toString();
  }

  @ParameterizedTest
  @CsvSource({
    "0s, PT0S",
    "250ms, PT0.25S",
    "10m, PT10M",
    "36h, PT36H",
    "7d, PT168H",
  })
  void durationsHaveOneUnit(String text, Duration duration) {
    assertEquals(duration, read("duration: " + text).orThrow("x").duration());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "10",
        "10M",
        "10 m",
        "1.5h",
        "-1s",
        "01s",
        "PT10M",
        "10min",
        "1h30m",
        "99999999999d"
      })
  void otherDurationsAreRefused(String text) {
    assertTrue(fault("duration: " + text).contains("duration"), text);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "512, 512", "64KiB, 65536", "1MiB, 1048576", "2GiB, 2147483648"})
  void sizesAreBinary(String text, long bytes) {
    assertEquals(new ByteSize(bytes), read("size: " + text).orThrow("x").size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"64KB", "64kib", "1.5MiB", "-1", "64 KiB", "1e3"})
  void otherSizesAreRefused(String text) {
    assertEquals(1, assertInstanceOf(Reading.Invalid.class, read("size: " + text)).faults().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "number: 08", "number: 0x10", "number: 1_000", "number: 1.0", "number: \"\"", "number: [1]",
        "number: ~", "number:", "flag: yes", "flag: 1", "flag: \"True\"", "fraction: .5",
        "fraction: 1e3", "text: 1.10", "text: true", "text: ''", "text: {a: b}", "list: a",
        "list: {a: b}", "map: [a]", "map: {a: [b]}", "list: [a, [b]]"
      })
  void valuesOfAnotherKindAreRefused(String yaml) {
    fault(yaml);
  }

  @Test
  void aTextMayLookLikeANumber() {
    assertEquals("3", read("text: 3").orThrow("x").text());
    assertEquals("1.10", read("text: \"1.10\"").orThrow("x").text());
    assertEquals("no", read("text: \"no\"").orThrow("x").text());
    assertTrue(fault("text: no").contains("quotes"), "YAML takes it for false");
  }

  @Test
  void aTextThatSpellsTheValueIsTheValue() {
    assertEquals(7, read("number: \"7\"").orThrow("x").number());
    assertEquals(true, read("flag: \"true\"").orThrow("x").flag());
  }

  @ParameterizedTest
  @CsvSource({
    "txet, text",
    "Number, number",
    "duratoin, duration",
    "flags, flag",
    "siz, size",
    "liste, list",
  })
  void theNearestKnownKeyIsNamed(String written, String meant) {
    assertEquals(
        "line 1: " + written + ": unknown key; did you mean '" + meant + "'?",
        fault(written + ": x"));
  }

  @Test
  void whereNoneIsNearAllAreNamed() {
    assertEquals(
        "line 1: somethingElse: unknown key; known here are text, number, big, fraction, flag,"
            + " duration, size, list, map",
        fault("somethingElse: x"));
  }

  @Test
  void whatMakesAFileMeanSomethingElseIsRefused() {
    assertTrue(fault("text: a\ntext: b").contains("twice"));
    assertTrue(fault("map: {a: b, a: c}").contains("twice"));
    assertTrue(fault("text: &x a\nlist: [*x]").contains("anchors"));
    assertTrue(fault("text: !!str a").contains("tags"));
    assertTrue(fault("text: a\n---\ntext: b").contains("second document"));
    assertTrue(
        assertInstanceOf(Reading.Invalid.class, read("list: &x [a]\nmap: *x")).faults().size() > 1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "# only a remark", "text: [", "text: \"", "\t- x", "text: a: b", "- a", "x"})
  void whatIsNoMappingIsRefused(String yaml) {
    assertInstanceOf(Reading.Invalid.class, read(yaml));
  }

  @Test
  void depthAndSizeAreBounded() {
    assertInstanceOf(Reading.Invalid.class, read("list: " + "[".repeat(5000) + "]".repeat(5000)));
    assertInstanceOf(Reading.Invalid.class, read("text: " + "a".repeat(1 << 20)));
    assertInstanceOf(Reading.Invalid.class, read("list: " + "[".repeat(26) + "]".repeat(26)));
  }
}
