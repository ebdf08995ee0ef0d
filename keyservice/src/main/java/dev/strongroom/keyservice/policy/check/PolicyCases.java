package dev.strongroom.keyservice.policy.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Lines;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.config.yaml.RecordReader;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Explanation;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Requests with the answers that a policy must give, kept beside it ({@code policy.test.yaml}). */
public final class PolicyCases {
  private final List<Case> cases;
  private final Lines lines;

  private PolicyCases(List<Case> cases, Lines lines) {
    this.cases = List.copyOf(cases);
    this.lines = lines;
  }

  /**
   * The file.
   *
   * @param format {@value #FORMAT}
   */
  public record CaseFile(String format, List<Case> cases) {
    public static final String FORMAT = "strongroom-policy-test/v1";

    /**
     * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID}
     */
    public CaseFile {
      cases = List.copyOf(cases);
      check(FORMAT.equals(format), "format: '" + FORMAT + "' is wanted");
      check(!cases.isEmpty(), "cases: at least one is wanted");
      Set<String> names = new HashSet<>();
      for (Case each : cases) {
        check(names.add(each.name()), "cases: '" + each.name() + "' is there twice");
      }
    }

    private static void check(boolean condition, String message) {
      if (!condition) {
        throw new Problem(ProblemCode.CONFIGURATION_INVALID, message);
      }
    }
  }

  /** One case. */
  public record Case(String name, PolicyQuestion request, Expectation expect) {}

  /** The answer that is expected. */
  public sealed interface Expectation {
    /** Yes. */
    record Allow() implements Expectation {}

    /**
     * No.
     *
     * @param code of the refusal
     * @param clause that must be among those that did not hold, by name; null for any
     */
    record Deny(ProblemCode code, @Nullable String clause) implements Expectation {}
  }

  /**
   * How a case ended.
   *
   * @param line of the case
   * @param expected in words
   * @param found in words
   */
  public record Result(
      String name,
      int line,
      boolean passed,
      String expected,
      String found,
      Explanation explanation) {}

  /**
   * Reads a file.
   *
   * @return the cases, or every fault with its line
   */
  public static Reading<PolicyCases> read(Path file) {
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return new Reading.Invalid<>(List.of(Fault.unreadable(e)));
    }
  }

  /** Reads a text. */
  public static Reading<PolicyCases> parse(String yaml) {
    return switch (RecordReader.read(yaml, CaseFile.class, Path.of("/"), null)) {
      case Reading.Invalid<CaseFile>(List<Fault> faults) -> new Reading.Invalid<>(faults);
      case Reading.Valid<CaseFile>(CaseFile file) ->
          new Reading.Valid<>(new PolicyCases(file.cases(), Lines.of(yaml)));
    };
  }

  /**
   * Asks the policy each case.
   *
   * @param judgedAt for cases that name no time
   */
  public List<Result> run(CompiledPolicy policy, Instant judgedAt) {
    List<Result> results = new ArrayList<>();
    for (Case each : cases) {
      Decision decision = policy.decide(each.request().asked(judgedAt));
      results.add(
          new Result(
              each.name(),
              lines.ofItem("cases", results.size()),
              fits(each.expect(), decision),
              words(each.expect()),
              words(decision),
              decision.explanation()));
    }
    return results;
  }

  private static boolean fits(Expectation expected, Decision decision) {
    return switch (expected) {
      case Expectation.Allow _ -> decision instanceof Decision.Allowed;
      case Expectation.Deny(ProblemCode code, String clause) ->
          decision instanceof Decision.Refused refused
              && refused.code() == code
              && (clause == null || failed(refused).contains(clause));
    };
  }

  private static List<String> failed(Decision decision) {
    return decision.explanation().clauses().stream()
        .filter(clause -> !clause.held())
        .map(Explanation.Clause::name)
        .toList();
  }

  private static String words(Expectation expected) {
    return switch (expected) {
      case Expectation.Allow _ -> "allow";
      case Expectation.Deny(ProblemCode code, String clause) ->
          "deny " + code.wireName() + (clause == null ? "" : " by " + clause);
    };
  }

  private static String words(Decision decision) {
    return switch (decision) {
      case Decision.Allowed _ -> "allow";
      case Decision.Refused refused ->
          "deny " + refused.code().wireName() + " by " + String.join(", ", failed(refused));
    };
  }
}
