package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Require;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What verified evidence says (RFC 9334: attestation results), by the type of the evidence: for
 * policies, the log and people. Values are texts, whole numbers ({@link Long}), {@link Boolean}s,
 * and lists and maps of these, at most 8 deep; nothing in it changes.
 *
 * @param byType the claims of each type, for example those of {@code sev-snp}
 */
public record EvidenceClaims(@JsonValue Map<String, Map<String, Object>> byType) {
  /** Of no evidence. */
  public static final EvidenceClaims NONE = new EvidenceClaims(Map.of());

  private static final int DEEPEST = 8;

  /** The largest whole number that every reader of JSON keeps exact (RFC 7493, section 2.2). */
  private static final long EXACT = (1L << 53) - 1;

  /**
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST} when a value is of another kind
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public EvidenceClaims {
    Require.present(byType, "claims");
    Map<String, Map<String, Object>> copy = new LinkedHashMap<>();
    byType.forEach((type, claims) -> copy.put(type, map(claims, DEEPEST)));
    byType = Collections.unmodifiableMap(copy);
  }

  private static Map<String, Object> map(Map<?, ?> values, int deepest) {
    Map<String, Object> copy = new LinkedHashMap<>();
    values.forEach((name, value) -> copy.put((String) name, value(value, deepest - 1)));
    return Collections.unmodifiableMap(copy);
  }

  private static Object value(Object value, int deepest) {
    Require.that(deepest > 0, "claims are nested at most " + DEEPEST + " deep");
    return switch (value) {
      case String text -> text;
      case Boolean truth -> truth;
      case Integer number -> (long) number;
      case Long number -> exact(number);
      case Map<?, ?> values -> map(values, deepest);
      case List<?> values -> {
        List<Object> copy = new ArrayList<>(values.size());
        values.forEach(each -> copy.add(value(each, deepest - 1)));
        yield Collections.unmodifiableList(copy);
      }
      default ->
          throw new IllegalArgumentException("claims hold no " + value.getClass().getSimpleName());
    };
  }

  private static Object exact(long number) {
    Require.that(
        number >= -EXACT && number <= EXACT, "a claim that is a number has at most 53 bits");
    return number;
  }
}
