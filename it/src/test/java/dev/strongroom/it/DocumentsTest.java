package dev.strongroom.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import dev.strongroom.cli.Environment;
import dev.strongroom.cli.StrongroomMain;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.retry.Timing;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents name is there: files, commands with their options, codes. */
class DocumentsTest {
  private static final Path ROOT = Checkout.root();
  private static final Pattern LINK = Pattern.compile("\\[[^\\]]*\\]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
  private static final Pattern PATH =
      Pattern.compile(
          "`((?:docs|dev|core|auditlog|keyservice|delivery|sidecar|init-container|cli|dist|testkit"
              + "|it|demo|benchmarks|threat-model)/[\\w./-]+)`");
  private static final Pattern CODE_ROW =
      Pattern.compile("\\| `([a-z-]+)` \\| (\\d{3}) \\| (\\w+) \\| .+ \\|");
  private static final Pattern OPTION = Pattern.compile("(?<=\\s)--[a-z][a-z-]*");

  private record Command(Path document, String line) {}

  private static List<Path> documents() throws IOException {
    List<Path> documents = new ArrayList<>();
    for (String folder : new String[] {"docs", "threat-model", "benchmarks"}) {
      try (Stream<Path> walk = Files.walk(ROOT.resolve(folder))) {
        walk.filter(file -> file.toString().endsWith(".md"))
            .filter(file -> !file.toString().contains("/target/"))
            .forEach(documents::add);
      }
    }
    for (String page : new String[] {"README.md", "CONTRIBUTING.md", "SECURITY.md"}) {
      documents.add(ROOT.resolve(page));
    }
    return documents;
  }

  @Test
  void everyLinkLeadsSomewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path document : documents()) {
      Matcher link = LINK.matcher(Files.readString(document));
      while (link.find()) {
        String target = link.group(1);
        if (!target.contains("://") && !Files.exists(document.resolveSibling(target))) {
          broken.add(ROOT.relativize(document) + ": " + target);
        }
      }
    }
    assertEquals(List.of(), broken);
  }

  @Test
  void everyPathExists() throws IOException {
    List<String> missing = new ArrayList<>();
    int found = 0;
    for (Path document : documents()) {
      Matcher path = PATH.matcher(Files.readString(document));
      while (path.find()) {
        String named = path.group(1);
        // Something left out, or a result of a run.
        if (named.contains("...") || named.contains("/target/")) {
          continue;
        }
        found++;
        if (!Files.exists(ROOT.resolve(named))) {
          missing.add(ROOT.relativize(document) + ": " + named);
        }
      }
    }
    assertEquals(List.of(), missing);
    assertTrue(found > 3, "paths are looked at: " + found);
  }

  @Test
  void everyCommandHasTheOptionsThatItIsShownWith() throws IOException {
    List<String> wrong = new ArrayList<>();
    List<Command> commands = commands("strongroom ");
    Map<String, String> help = new TreeMap<>();
    for (Command command : commands) {
      String name = subcommand(command.line());
      String text = help.computeIfAbsent(name, DocumentsTest::help);
      if (text.isEmpty()) {
        wrong.add(ROOT.relativize(command.document()) + ": no such command: " + command.line());
      }
      Matcher option = OPTION.matcher(command.line());
      while (option.find()) {
        if (!Pattern.compile(Pattern.quote(option.group()) + "\\b(?!-)").matcher(text).find()) {
          wrong.add(ROOT.relativize(command.document()) + ": " + command.line());
        }
      }
    }
    assertEquals(List.of(), wrong);
    assertTrue(commands.size() > 20, "commands are looked at: " + commands.size());
  }

  @Test
  void everyScriptIsThere() throws IOException {
    for (Command command : commands("dev/")) {
      Path script = ROOT.resolve(command.line().split("\\s", 2)[0]);
      assertTrue(Files.isExecutable(script), () -> command.document() + ": " + command.line());
    }
    for (Command command : commands("strongroom-")) {
      Path program =
          Checkout.distribution().resolve("bin").resolve(command.line().split("\\s", 2)[0]);
      assertTrue(Files.isExecutable(program), () -> command.document() + ": " + command.line());
    }
  }

  // Lines of code blocks, continued lines joined.
  private static List<Command> commands(String begin) throws IOException {
    List<Command> commands = new ArrayList<>();
    for (Path document : documents()) {
      boolean code = false;
      for (String line : Files.readString(document).replace("\\\n", " ").lines().toList()) {
        String text = line.strip();
        if (text.startsWith("```")) {
          code = !code;
        } else if (code && text.startsWith(begin)) {
          commands.add(new Command(document, text));
        }
      }
    }
    return commands;
  }

  // The words before the first argument: a word is part of the name when it has help of its own.
  private static String subcommand(String line) {
    String[] words = line.split("\\s+", -1);
    String name = words[1];
    if (words.length > 2
        && words[2].matches("[a-z]+(-[a-z]+)*")
        && !help(name).isEmpty()
        && !help(name + " " + words[2]).isEmpty()) {
      name += " " + words[2];
    }
    return name;
  }

  /** What the command says of itself; empty where there is no such command. */
  private static String help(String name) {
    StringWriter out = new StringWriter();
    List<String> arguments = new ArrayList<>(List.of(name.split(" ")));
    arguments.add("--help");
    Environment environment =
        new Environment(
            Map.of(),
            ROOT,
            new PrintWriter(out),
            new PrintWriter(new StringWriter()),
            false,
            InstantSource.system(),
            Timing.system(),
            () -> {});
    int exit = StrongroomMain.run(environment, arguments.toArray(String[]::new));
    // An unknown word would be an argument of the command above.
    return exit == 0 && out.toString().contains("strongroom " + name) ? out.toString() : "";
  }

  @Test
  void everyCodeIsListedAsItIs() throws IOException {
    Map<String, String> listed = new TreeMap<>();
    for (String line : Files.readAllLines(ROOT.resolve("docs/guide/operate.md"))) {
      Matcher row = CODE_ROW.matcher(line);
      if (row.matches()) {
        listed.put(row.group(1), row.group(2) + " " + row.group(3));
      }
    }
    Map<String, String> codes = new TreeMap<>();
    for (ProblemCode code : ProblemCode.values()) {
      codes.put(
          code.wireName(),
          code.httpStatus() + " " + code.category().name().toLowerCase(Locale.ROOT));
    }
    assertEquals(codes, listed);
  }

  @Test
  void theOpenApiDocumentNamesCodesThatExist() throws IOException {
    JsonNode api =
        new YAMLMapper()
            .readTree(ROOT.resolve("keyservice/src/main/resources/openapi.yaml").toFile());
    TreeSet<String> unknown = new TreeSet<>();
    int found = 0;
    for (JsonNode codes : api.findValues("x-problems")) {
      for (JsonNode code : codes) {
        found++;
        if (ProblemCode.ofWireName(code.asText()) == ProblemCode.INTERNAL) {
          unknown.add(code.asText());
        }
      }
    }
    assertEquals(new TreeSet<>(), unknown);
    assertTrue(found > 50, "codes are looked at: " + found);
  }
}
