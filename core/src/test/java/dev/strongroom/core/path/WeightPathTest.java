package dev.strongroom.core.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeightPathTest {

  static Stream<String> refused() {
    return Stream.of(
        "",
        "/",
        "/a",
        "a/",
        "a//b",
        ".",
        "..",
        "./a",
        "../a",
        "a/.",
        "a/..",
        "a/../b",
        "a/./b",
        "a\\b",
        "C:\\a",
        "a\u0000b",
        "a\nb",
        "a\u007fb",
        "a\u0085b",
        "e\u0301",
        "\u212B",
        "a\ud800",
        "x".repeat(256),
        "é".repeat(128),
        "a/".repeat(16) + "a",
        ("x".repeat(250) + "/").repeat(4) + "x".repeat(21));
  }

  @ParameterizedTest
  @MethodSource("refused")
  void refusesAmbiguousAndEscapingPaths(String path) {
    Problem problem = assertThrows(Problem.class, () -> new WeightPath(path));
    assertEquals(ProblemCode.INVALID_PATH, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).chars().noneMatch(Character::isISOControl));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a",
        "config.json",
        "onnx/model.onnx",
        "...",
        "a/..b",
        ".gitattributes",
        "\u00e9",
        "模型/权重.bin",
        "a b",
        "a:b"
      })
  void acceptsPlainPaths(String path) {
    assertEquals(path, new WeightPath(path).value());
  }

  @Test
  void acceptsTheLimitsThemselves() {
    assertEquals(1, new WeightPath("x".repeat(255)).segments().size());
    assertEquals(16, new WeightPath("a/".repeat(15) + "a").segments().size());
    String longest = ("x".repeat(255) + "/").repeat(3) + "x".repeat(254) + "/a";
    assertEquals(1024, new WeightPath(longest).value().length());
  }

  // Whatever is accepted stays below the directory it is resolved against, and is its own normal
  // form there.
  @Test
  void acceptedPathsNeverLeaveTheirDirectory() {
    Random random = new Random(17);
    String alphabet = "ab./\\\u0000\u0301é. ..";
    Path root = Path.of("/srv/models");
    int accepted = 0;
    for (int i = 0; i < 200_000; i++) {
      StringBuilder text = new StringBuilder();
      for (int length = random.nextInt(9); length > 0; length--) {
        text.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      WeightPath path;
      try {
        path = new WeightPath(text.toString());
      } catch (Problem refusal) {
        continue;
      }
      accepted++;
      Path resolved = root.resolve(path.value());
      assertEquals(resolved, resolved.normalize(), path.value());
      assertTrue(resolved.startsWith(root) && !resolved.equals(root), path.value());
      assertEquals(path.value(), root.relativize(resolved).toString());
    }
    assertTrue(accepted > 1_000, "the generator makes too few valid paths: " + accepted);
  }

  @Test
  void ordersByUtf8BytesNotByUtf16() {
    WeightPath bmp = new WeightPath("\uff61");
    WeightPath astral = new WeightPath("\ud83d\ude00");
    assertTrue(bmp.compareTo(astral) < 0);
    assertTrue(bmp.value().compareTo(astral.value()) > 0);
    List<WeightPath> sorted =
        Stream.of("a/b", "a-b", "a", "b", "a/a")
            .map(WeightPath::new)
            .sorted(Comparator.naturalOrder())
            .toList();
    assertEquals("[a, a-b, a/a, a/b, b]", sorted.toString());
  }

  private static PathSet set(String... paths) {
    return PathSet.of(Arrays.stream(paths).map(WeightPath::new).toList());
  }

  @Test
  void setRefusesPathsThatCollideSomewhere() {
    String[][] colliding = {
      {"a", "a"},
      {"a", "A"},
      {"a/x", "A/y"},
      {"a", "a/b"},
      {"A", "a/b"},
      {"a/b/c", "a/b"},
      {"a/B/c", "a/b"},
      {"straße", "STRASSE"},
      {"straße", "stra\u1E9Ee"},
      {"ﬁle", "FILE"},
      {"\u03C3", "\u03C2"},
      {"\u0130", "i\u0307"},
      {"é", "É"},
      {"\u01C5", "\u01C4"},
      {"k", "\u212A".toLowerCase(java.util.Locale.ROOT)},
    };
    for (String[] pair : colliding) {
      for (int order = 0; order < 2; order++) {
        String first = pair[order];
        String second = pair[1 - order];
        Problem problem =
            assertThrows(Problem.class, () -> set(first, second), first + " and " + second);
        assertEquals(ProblemCode.INVALID_PATH, problem.code());
      }
    }
  }

  @Test
  void setAcceptsNeighboursAndSorts() {
    assertEquals(
        "[a-b/x, a/b, a/c/d, ab, b]", set("ab", "b", "a/c/d", "a/b", "a-b/x").paths().toString());
  }

  @Test
  void setIsLimitedInNumber() {
    assertThrows(Problem.class, () -> PathSet.of(List.of()));
    List<WeightPath> most =
        java.util.stream.IntStream.range(0, PathSet.MAX_PATHS)
            .mapToObj(i -> new WeightPath("f" + i))
            .toList();
    assertEquals(PathSet.MAX_PATHS, PathSet.of(most).paths().size());
    List<WeightPath> more = Stream.concat(most.stream(), Stream.of(new WeightPath("g"))).toList();
    assertEquals(
        ProblemCode.INVALID_PATH, assertThrows(Problem.class, () -> PathSet.of(more)).code());
  }

  @Test
  void foldingIsStableUnderEveryCaseMapping() {
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (!Character.isDefined(c) || (c >= 0xD800 && c <= 0xDFFF)) {
        continue;
      }
      String text = Character.toString(c);
      String folded = CaseFolding.fold(text);
      String name = "U+" + Integer.toHexString(c);
      assertEquals(folded, CaseFolding.fold(folded), name);
      assertEquals(folded, CaseFolding.fold(text.toUpperCase(java.util.Locale.ROOT)), name);
      // Dotted capital I has two lower-case forms; folding knows the one with the dot (status F).
      if (c != 0x130) {
        assertEquals(folded, CaseFolding.fold(Character.toString(Character.toLowerCase(c))), name);
      }
      assertEquals(folded, CaseFolding.fold(Character.toString(Character.toTitleCase(c))), name);
    }
    assertFalse(CaseFolding.fold("a").equals(CaseFolding.fold("b")));
  }
}
