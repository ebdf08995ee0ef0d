package dev.strongroom.keyservice.policy;

import dev.strongroom.core.id.ModelPattern;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.policy.PolicyDocument.Binding;
import dev.strongroom.keyservice.policy.PolicyDocument.SubjectMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether a binding allows a request, and if not, which of its parts does not fit. */
final class BindingMatch {
  private BindingMatch() {}

  static boolean allows(Binding binding, AccessRequest request) {
    return binding.actions().contains(request.action())
        && coversModel(binding, request)
        && coversVersion(binding, request)
        && hasSubject(binding, request.identity());
  }

  /** What would have to be changed in the binding, part by part; empty when it allows. */
  static List<String> differences(Binding binding, AccessRequest request) {
    List<String> differences = new ArrayList<>();
    if (!hasSubject(binding, request.identity())) {
      differences.add("the subject would have to be listed");
    }
    if (!binding.actions().contains(request.action())) {
      differences.add("the action '" + request.action().wireName() + "' would have to be listed");
    }
    if (!coversModel(binding, request)) {
      differences.add(
          request.model() == null
              ? "the models would have to be '*', because the request is not about one model"
              : "the models would have to cover " + request.model());
    }
    if (!coversVersion(binding, request)) {
      differences.add(
          request.version() == null
              ? "the versions would have to be left out, because the request is not about one"
              : "the versions would have to hold " + request.version());
    }
    return differences;
  }

  private static boolean coversModel(Binding binding, AccessRequest request) {
    for (ModelPattern pattern : binding.models()) {
      if (request.model() == null ? pattern.value().equals("*") : pattern.covers(request.model())) {
        return true;
      }
    }
    return false;
  }

  private static boolean coversVersion(Binding binding, AccessRequest request) {
    return binding.versions() == null
        || (request.version() != null && binding.versions().contains(request.version()));
  }

  private static boolean hasSubject(Binding binding, Identity identity) {
    for (SubjectMatch subject : binding.subjects()) {
      if (matches(subject, identity)) {
        return true;
      }
    }
    return false;
  }

  private static boolean matches(SubjectMatch match, Identity identity) {
    if (!match.issuer().equals(identity.issuer())
        || (match.subject() != null && !match.subject().equals(identity.subject()))) {
      return false;
    }
    for (Map.Entry<String, String> wanted : match.claims().entrySet()) {
      if (!equalsOrHolds(claim(identity.claims(), wanted.getKey()), wanted.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static boolean equalsOrHolds(@Nullable Object claim, String wanted) {
    return switch (claim) {
      case null -> false;
      case String text -> text.equals(wanted);
      case Boolean flag -> flag.toString().equals(wanted);
      case Long number -> number.toString().equals(wanted);
      case List<?> items -> items.stream().anyMatch(item -> scalarEquals(item, wanted));
      default -> false;
    };
  }

  private static boolean scalarEquals(Object item, String wanted) {
    return !(item instanceof List<?>) && equalsOrHolds(item, wanted);
  }

  /** A claim by name, or by JSON Pointer (RFC 6901 section 4) through objects. */
  private static @Nullable Object claim(Map<String, Object> claims, String key) {
    if (!key.startsWith("/")) {
      return claims.get(key);
    }
    Object value = claims;
    for (String token : key.substring(1).split("/", -1)) {
      if (!(value instanceof Map<?, ?> object)) {
        return null;
      }
      value = object.get(token.replace("~1", "/").replace("~0", "~"));
    }
    return value;
  }
}
