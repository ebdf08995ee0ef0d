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

  /** Whether the floor says anything about hardware of which the evidence claims this. */
  default boolean concerns(Map<String, Object> said, String least) {
    return true;
  }

  /** The parts of a type, by name; none for a type that claims no security versions. */
  static Map<String, TcbPart> of(String type) {
    return switch (type) {
      case "sev-snp" -> snp(List.of());
      case "azure-snp-vtpm" -> snp(List.of("snp"));
      case "tdx" ->
          Map.of(
              "pcesvn", new Svn(List.of(), "pcesvn", Svn.WORD),
              "qe_isvsvn", new Svn(List.of(), "qe_isvsvn", Svn.WORD),
              "tcb_evaluation_data_number",
                  new Svn(List.of(), "tcb_evaluation_data_number", Svn.WORD),
              "tcb_date", new TcbDate(),
              "tcb_status", new Status());
      case "nvidia-gpu" ->
          Map.of(
              "driver_version", new Version("driver_version", 10, 1),
              "vbios_version", new Version("vbios_version", 16, 2));
      default -> Map.of();
    };
  }

  /** REPORTED_TCB is the one that the certificate of the report's key vouches for. */
  private static Map<String, TcbPart> snp(List<String> report) {
    List<String> tcb = Stream.concat(report.stream(), Stream.of("reported_tcb")).toList();
    return Map.of(
        Product.PART,
        new Product(report),
        Product.TURIN_ALONE,
        new Svn(tcb, "fmc", Svn.BYTE),
        "boot_loader",
        new Svn(tcb, "boot_loader", Svn.BYTE),
        "tee",
        new Svn(tcb, "tee", Svn.BYTE),
        "snp",
        new Svn(tcb, "snp", Svn.BYTE),
        "microcode",
        new Svn(tcb, "microcode", Svn.BYTE));
  }

  /**
   * The line of processors, each of which numbers its firmware and microcode by itself (AMD 57230,
   * VCEK certificates): 115 is a good microcode of Milan and says nothing of Genoa.
   *
   * @param path to the map that has it
   */
  record Product(List<String> path) implements TcbPart {
    static final String PART = "product";
    static final String TURIN_ALONE = "fmc";
    private static final String TURIN = "Turin";
    private static final List<String> NAMES = List.of("Milan", "Genoa", TURIN);

    /** A floor without a line, or of what the line does not have, would be of no use. */
    static void require(Map<String, String> least) {
      Require.that(
          least.containsKey(PART) && least.size() > 1,
          "a TCB of SEV-SNP names the line of processors and what of it: product=Milan,microcode=115,"
              + " for example, with a product of "
              + NAMES);
      Require.that(
          !least.containsKey(TURIN_ALONE) || TURIN.equals(least.get(PART)),
          "no processor before Turin has an fmc");
    }

    @Override
    public void requireForm(String name, String least) {
      Require.that(NAMES.contains(least), "'" + name + "' of a TCB is one of " + NAMES);
    }

    @Override
    public boolean isBelow(Map<String, Object> said, String least) {
      return product(said).isEmpty();
    }

    @Override
    public boolean concerns(Map<String, Object> said, String least) {
      String product = product(said);
      return product.isEmpty() || product.equals(least);
    }

    private String product(Map<String, Object> said) {
      return ClaimPath.text(ClaimPath.map(said, path), PART);
    }
  }

  /**
   * A security version number.
   *
   * @param path to the map that has it
   * @param most that it can be
   */
  record Svn(List<String> path, String claim, long most) implements TcbPart {
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
      Long number = ClaimPath.number(ClaimPath.map(said, path), claim);
      return number == null || number < Long.parseLong(least);
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
