package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Require;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The least security versions that are good enough, of evidence of one type. Below it is what is
 * below in any part that is named. One spelling: {@code sev-snp:microcode=115,product=Milan}, parts
 * in the order of their names. A floor of SEV-SNP is one of a line of processors, and another line
 * is not below it.
 *
 * @param type of the evidence
 * @param least by part, as {@link TcbPart} takes it; at least one
 */
public record TcbFloor(String type, SortedMap<String, String> least) {
  private static final int MAX_CHARS = 256;

  /**
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST} for a type or part that there is
   *     not, and for a value that nothing is below or that says nothing
   */
  public TcbFloor {
    Map<String, TcbPart> parts = TcbPart.of(type);
    Require.that(
        !parts.isEmpty(), "a TCB has the type " + TcbPart.TYPES + ", not '" + clipped(type) + "'");
    Require.that(!least.isEmpty(), "name a part of the TCB: " + names(parts));
    least.forEach((name, value) -> {
      TcbPart part = parts.get(name);
      Require.that(
          part != null,
          "the TCB of " + type + " has no part '" + clipped(name) + "'; it has " + names(parts));
      if (part != null) {
        part.requireForm(name, value);
      }
    });
    if (parts.containsKey(TcbPart.Product.PART)) {
      TcbPart.Product.require(least);
    }
    least = Collections.unmodifiableSortedMap(new TreeMap<>(least));
  }

  /**
   * Reads {@code TYPE:PART=VALUE,...}, in any order of parts.
   *
   * @throws dev.strongroom.core.problem.Problem {@link
   *     dev.strongroom.core.problem.ProblemCode#MALFORMED_REQUEST} as the constructor, for another
   *     form, and for a part that is named twice
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public static TcbFloor parse(String text) {
    int colon = text.indexOf(':');
    Require.that(
        colon > 0 && text.length() <= MAX_CHARS,
        "a TCB is written TYPE:PART=VALUE,..., for example"
            + " sev-snp:product=Milan,microcode=115");
    SortedMap<String, String> least = new TreeMap<>();
    for (String part : text.substring(colon + 1).split(",", -1)) {
      int equals = part.indexOf('=');
      Require.that(equals > 0, "a part of a TCB is written PART=VALUE, not '" + part + "'");
      String earlier = least.put(part.substring(0, equals), part.substring(equals + 1));
      Require.that(earlier == null, "a part of a TCB is named once");
    }
    return new TcbFloor(text.substring(0, colon), least);
  }

  /** Whether evidence of this type is there and is below. */
  public boolean isAbove(EvidenceClaims claims) {
    Map<String, Object> said = claims.byType().get(type);
    if (said == null) {
      return false;
    }
    Map<String, TcbPart> parts = TcbPart.of(type);
    boolean below = false;
    for (Map.Entry<String, String> named : least.entrySet()) {
      TcbPart part = Require.present(parts.get(named.getKey()), named.getKey());
      if (!part.concerns(said, named.getValue())) {
        return false;
      }
      below |= part.isBelow(said, named.getValue());
    }
    return below;
  }

  private static String names(Map<String, TcbPart> parts) {
    return parts.keySet().stream().sorted().collect(Collectors.joining(", "));
  }

  private static String clipped(String text) {
    return text.length() <= 32 ? text : text.substring(0, 32) + "...";
  }

  @JsonValue
  @Override
  public String toString() {
    return type
        + ':'
        + least.entrySet().stream()
            .map(part -> part.getKey() + '=' + part.getValue())
            .collect(Collectors.joining(","));
  }
}
