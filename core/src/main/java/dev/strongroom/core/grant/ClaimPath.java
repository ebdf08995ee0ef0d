package dev.strongroom.core.grant;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads claims by name; what is absent or of another kind is empty. */
final class ClaimPath {
  private ClaimPath() {}

  static String text(Map<String, Object> claims, String name) {
    return claims.get(name) instanceof String text ? text : "";
  }

  static @Nullable Long number(Map<String, Object> claims, String name) {
    return claims.get(name) instanceof Long number ? number : null;
  }

  static Map<String, Object> map(Map<String, Object> claims, String name) {
    return map(claims.get(name));
  }

  /** The map at the end of the path; the claims themselves where the path is empty. */
  static Map<String, Object> map(Map<String, Object> claims, List<String> path) {
    Map<String, Object> place = claims;
    for (String step : path) {
      place = map(place, step);
    }
    return place;
  }

  @SuppressWarnings("unchecked") // claims are made of maps from texts
  static Map<String, Object> map(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }

  static List<?> list(@Nullable Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  /** The maps in a list. */
  static Stream<Map<String, Object>> maps(Map<String, Object> claims, String name) {
    return list(claims.get(name)).stream().map(ClaimPath::map);
  }
}
