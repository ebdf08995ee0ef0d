package dev.strongroom.core.grant;

import dev.strongroom.core.problem.Require;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One part of the security versions that evidence of a type claims, and how it is compared. What
 * evidence should say and does not is below: who revokes means everybody who has not shown better.
 */
sealed interface TcbPart {
  /** The types that have any. */
  List<String> TYPES = List.of("sev-snp", "azure-snp-vtpm", "tdx", "nvidia-gpu");

  /**
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST}
   */
  void requireForm(String name, String least);

  /**
   * @param said what the evidence claims
   */
  boolean isBelow(Map<String, Object> said, String least);

  /** The parts of a type, by name; none for a type that claims no security versions. */
  static Map<String, TcbPart> of(String type) {
    return switch (type) {
      case "sev-snp" -> snp(List.of("reported_tcb"));
      case "azure-snp-vtpm" -> snp(List.of("snp", "reported_tcb"));
      case "tdx" ->
          Map.of(
              "pcesvn", new Svn(List.of(), "pcesvn", Svn.WORD, true),
              "qe_isvsvn", new Svn(List.of(), "qe_isvsvn", Svn.WORD, true),
              "tcb_evaluation_data_number",
                  new Svn(List.of(), "tcb_evaluation_data_number", Svn.WORD, true),
              "tcb_date", new TcbDate(),
              "tcb_status", new Status());
      case "nvidia-gpu" ->
          Map.of(
              "driver_version", new Version("driver_version", 10, 0),
              "vbios_version", new Version("vbios_version", 16, 2));
      default -> Map.of();
    };
  }

  /** REPORTED_TCB is the one that the certificate of the report's key vouches for. */
  private static Map<String, TcbPart> snp(List<String> path) {
    return Map.of(
        // No processor before Turin has one.
        "fmc", new Svn(path, "fmc", Svn.BYTE, false),
        "boot_loader", new Svn(path, "boot_loader", Svn.BYTE, true),
        "tee", new Svn(path, "tee", Svn.BYTE, true),
        "snp", new Svn(path, "snp", Svn.BYTE, true),
        "microcode", new Svn(path, "microcode", Svn.BYTE, true));
  }

  /**
   * A security version number.
   *
   * @param path to the map that has it
   * @param most that it can be
   * @param always whether each platform has it
   */
  record Svn(List<String> path, String claim, long most, boolean always) implements TcbPart {
    static final long BYTE = 0xff;
    static final long WORD = 0xffff;
    private static final Pattern NUMBER = Pattern.compile("[1-9][0-9]{0,4}");

    @Override
    public void requireForm(String name, String least) {
      Require.that(
          NUMBER.matcher(least).matches() && Long.parseLong(least) <= most,
          "'" + name + "' of a TCB is a number from 1 to " + most);
    }

    @Override
    public boolean isBelow(Map<String, Object> said, String least) {
      Map<String, Object> place = said;
      for (String step : path) {
        place = ClaimPath.map(place, step);
      }
      Long number = ClaimPath.number(place, claim);
      return number == null ? always : number < Long.parseLong(least);
    }
  }

  /** The date of the TCB level that Intel's collateral puts a platform, its module and QE on. */
  record TcbDate() implements TcbPart {
    @Override
    public void requireForm(String name, String least) {
      Require.that(
          instant(least + "T00:00:00Z") != null,
          "'" + name + "' of a TCB is a day: 2024-03-13, for example");
    }

    @Override
    public boolean isBelow(Map<String, Object> said, String least) {
      Instant floor = LocalDate.parse(least).atStartOfDay(ZoneOffset.UTC).toInstant();
      Instant platform = instant(ClaimPath.text(said, "platform_tcb_date"));
      return platform == null
          || platform.isBefore(floor)
          || Stream.of("tdx_module_tcb_date", "qe_tcb_date")
              .map(name -> instant(ClaimPath.text(said, name)))
              .anyMatch(date -> date != null && date.isBefore(floor));
    }

    private static @Nullable Instant instant(String text) {
      try {
        return Instant.parse(text);
      } catch (DateTimeParseException e) {
        return null;
      }
    }
  }

  /** How Intel judges it. Below a status are those that come after it here. */
  record Status() implements TcbPart {
    private static final List<String> FROM_THE_BEST =
        List.of(
            "UpToDate",
            "SWHardeningNeeded",
            "ConfigurationNeeded",
            "ConfigurationAndSWHardeningNeeded",
            "OutOfDate",
            "OutOfDateConfigurationNeeded");

    @Override
    public void requireForm(String name, String least) {
      Require.that(
          FROM_THE_BEST.contains(least), "'" + name + "' of a TCB is one of " + FROM_THE_BEST);
    }

    @Override
    public boolean isBelow(Map<String, Object> said, String least) {
      int rank = FROM_THE_BEST.indexOf(ClaimPath.text(said, "tcb_status"));
      return rank < 0 || rank > FROM_THE_BEST.indexOf(least);
    }
  }

  /**
   * A version of numbers with dots between, of any device of the evidence.
   *
   * @param radix of its numbers
   * @param line how many numbers at its beginning tell one line of devices from another, whose
   *     versions say nothing about each other
   */
  record Version(String claim, int radix, int line) implements TcbPart {
    private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,6}(?:\\.[0-9]{1,6}){1,4}");
    private static final Pattern HEX = Pattern.compile("[0-9A-F]{2}(?:\\.[0-9A-F]{2}){2,4}");

    private Pattern form() {
      return radix == 10 ? DECIMAL : HEX;
    }

    @Override
    public void requireForm(String name, String least) {
      Require.that(
          form().matcher(least).matches(),
          "'"
              + name
              + "' of a TCB is a version as NVIDIA writes it: "
              + (radix == 10 ? "550.90.07" : "96.00.9F.00.01"));
    }

    @Override
    public boolean isBelow(Map<String, Object> said, String least) {
      return ClaimPath.maps(said, "devices").anyMatch(device -> deviceIsBelow(device, least));
    }

    private boolean deviceIsBelow(Map<String, Object> device, String least) {
      String version = ClaimPath.text(device, claim);
      if (!form().matcher(version).matches()) {
        // Switches have no driver of their own.
        return !ClaimPath.text(device, "kind").equals("switch");
      }
      String[] ours = version.split("\\.");
      String[] floor = least.split("\\.");
      for (int i = 0; i < floor.length; i++) {
        int difference = Integer.compare(part(ours, i), part(floor, i));
        if (difference != 0) {
          return i >= line && difference < 0;
        }
      }
      return false;
    }

    private int part(String[] version, int at) {
      return at < version.length ? Integer.parseInt(version[at], radix) : 0;
    }
  }
}
