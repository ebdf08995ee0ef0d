package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The threats have the form that they should have, and every test that they name exists. */
class ThreatModelTest {
  private static final Path FILE = Checkout.root().resolve("threat-model/threats.yaml");
  private static final Path CLASSES =
      Checkout.root().resolve("threat-model/vulnerability-classes.yaml");
  private static final String FORMAT = "strongroom-threats/v1";
  private static final String CLASSES_FORMAT = "strongroom-vulnerability-classes/v1";
  private static final int NUMBER_OF_CLASSES = 12;
  private static final Set<String> COVERED = Set.of("yes", "partly", "no");
  private static final Pattern ID = Pattern.compile("T\\d{2}-[a-z0-9-]+");
  private static final Pattern TEST =
      Pattern.compile("([a-z-]+):((?:[a-z0-9]+\\.)+([A-Z]\\w+))(?:#([a-z]\\w+))?");
  private static final int FEWEST = 30;

  record Model(String format, List<String> rules, List<Threat> threats) {}

  record Threat(
      String id,
      String asset,
      String adversary,
      String threat,
      String mitigation,
      List<String> rules,
      List<String> tests,
      String covered,
      String residue) {}

  record Classes(String format, List<VulnerabilityClass> classes) {}

  record VulnerabilityClass(String id, String seen, String design, List<String> tests) {}

  private static Model read() throws IOException {
    return read(FILE, Model.class);
  }

  private static <T> T read(Path file, Class<T> type) throws IOException {
    return YAMLMapper.builder()
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
        .build()
        .readValue(file.toFile(), type);
  }

  @Test
  void everyThreatIsWhole() throws IOException {
    Model model = read();
    assertEquals(FORMAT, model.format());
    assertTrue(model.threats().size() >= FEWEST);
    Set<String> ids = new HashSet<>();
    for (Threat each : model.threats()) {
      assertTrue(ID.matcher(each.id()).matches() && ids.add(each.id()), each.id());
      assertTrue(COVERED.contains(each.covered()), each.id());
      for (String text :
          List.of(
              each.asset(), each.adversary(), each.threat(), each.mitigation(), each.residue())) {
        assertTrue(!text.isBlank(), each.id());
      }
      assertEquals(each.tests().size(), new HashSet<>(each.tests()).size(), each.id());
      assertTrue(
          each.covered().equals("no") || !each.tests().isEmpty(),
          each.id() + " is covered, so a test shows it");
    }
  }

  @Test
  void everyAdversaryIsDescribedAndMet() throws IOException {
    String page = Files.readString(Checkout.root().resolve("threat-model/README.md"));
    Set<String> described = new TreeSet<>();
    String table = page.substring(page.indexOf("## Adversaries"), page.indexOf("## Trust"));
    table
        .lines()
        .filter(line -> line.startsWith("| "))
        .skip(1)
        .forEach(line -> described.add(line.split("\\|", -1)[1].strip()));
    Set<String> met = new TreeSet<>();
    read().threats().forEach(each -> met.add(each.adversary()));
    assertEquals(described, met);
  }

  @Test
  void everyRuleIsWhatAThreatRestsOn() throws IOException {
    Model model = read();
    Set<String> used = new TreeSet<>();
    model.threats().forEach(each -> used.addAll(each.rules()));
    assertEquals(new TreeSet<>(model.rules()), used);
    assertEquals(model.rules().size(), used.size(), "no rule stands there twice");
  }

  @Test
  void everyNamedTestExists() throws IOException {
    List<String> missing = new ArrayList<>();
    for (Threat each : read().threats()) {
      missing.addAll(missing(each.id(), each.tests()));
    }
    assertEquals(List.of(), missing);
  }

  private static List<String> missing(String id, List<String> tests) throws IOException {
    List<String> missing = new ArrayList<>();
    for (String test : tests) {
      if (!exists(test)) {
        missing.add(id + ": " + test);
      }
    }
    return missing;
  }

  @Test
  void eachOfTheTwelveClassesOfMistakesHasTestsThatExist() throws IOException {
    Classes known = read(CLASSES, Classes.class);
    assertEquals(CLASSES_FORMAT, known.format());
    assertEquals(NUMBER_OF_CLASSES, known.classes().size());
    List<String> missing = new ArrayList<>();
    for (int i = 0; i < NUMBER_OF_CLASSES; i++) {
      VulnerabilityClass each = known.classes().get(i);
      assertTrue(each.id().startsWith(String.format(Locale.ROOT, "C%02d-", i + 1)), each.id());
      assertTrue(!each.seen().isBlank() && !each.design().isBlank(), each.id());
      assertTrue(!each.tests().isEmpty(), each.id());
      assertEquals(each.tests().size(), new HashSet<>(each.tests()).size(), each.id());
      missing.addAll(missing(each.id(), each.tests()));
    }
    assertEquals(List.of(), missing);
  }

  // A class holds tests when it, or the contract that it extends, has an annotated method.
  private static boolean exists(String test) throws IOException {
    Matcher named = TEST.matcher(test);
    if (!named.matches()) {
      return false;
    }
    Path source =
        Checkout.root()
            .resolve(named.group(1))
            .resolve("src/test/java")
            .resolve(named.group(2).replace('.', '/') + ".java");
    if (!Files.isRegularFile(source)) {
      return false;
    }
    String text = Files.readString(source);
    String method = named.group(4) == null ? "\\w+" : Pattern.quote(named.group(4));
    return Pattern.compile(
            "@(?:Test|ParameterizedTest|RepeatedTest|FuzzTest)\\b[^;{}]*?(?:\\([^;]*?\\)\\s*)?"
                + "\\bvoid\\s+"
                + method
                + "\\(")
        .matcher(text)
        .find();
  }
}
