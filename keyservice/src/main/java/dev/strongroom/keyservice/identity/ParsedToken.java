package dev.strongroom.keyservice.identity;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A compact JWT (RFC 7519) taken apart, not verified. Each part has its one base64url spelling,
 * each JSON object has distinct names, and the header holds nothing that would choose a key.
 *
 * @param algorithm the {@code alg}
 * @param keyId the {@code kid}; null where there is none
 * @param claims the payload
 * @param signed header and payload as sent: what the signature is over, in ASCII
 */
public record ParsedToken(
    String algorithm, @Nullable String keyId, ObjectNode claims, String signed, Blob signature) {

  /**
   * Header parameters that bring a key or a place to fetch one, or that change what is signed. Most
   * would be harmless if ignored; that a token carries one says that somebody hopes otherwise.
   */
  private static final Set<String> REFUSED =
      Set.of("jwk", "jku", "x5u", "x5c", "crit", "b64", "enc", "zip", "nonce");

  private static final Set<String> TYPES = Set.of("jwt", "at+jwt", "application/at+jwt");

  /**
   * Takes a token apart.
   *
   * @throws Problem {@link ProblemCode#TOKEN_MALFORMED}
   */
  public static ParsedToken parse(String token) {
    if (token.length() > GrantRequest.MAX_TOKEN_CHARS) {
      throw malformed("the token is longer than " + GrantRequest.MAX_TOKEN_CHARS + " characters");
    }
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw malformed("the token does not have the three parts of a signed JWT");
    }
    JsonNode header = object(parts[0], "header");
    for (String name : REFUSED) {
      if (header.has(name)) {
        throw malformed("the token's header holds '" + name + "', which is refused");
      }
    }
    requireType(header.get("typ"));
    JsonNode keyId = header.get("kid");
    if (keyId != null && (!keyId.isTextual() || keyId.textValue().length() > 512)) {
      throw malformed("the token's kid is not a text of at most 512 characters");
    }
    JsonNode algorithm = header.get("alg");
    if (algorithm == null || !algorithm.isTextual()) {
      throw malformed("the token names no algorithm (alg)");
    }
    return new ParsedToken(
        algorithm.textValue(),
        keyId == null ? null : keyId.textValue(),
        object(parts[1], "payload"),
        parts[0] + "." + parts[1],
        decode(parts[2]));
  }

  private static void requireType(@Nullable JsonNode type) {
    if (type != null
        && (!type.isTextual() || !TYPES.contains(type.textValue().toLowerCase(Locale.ROOT)))) {
      throw malformed("the token is of another type (typ) than JWT or at+jwt");
    }
  }

  private static ObjectNode object(String part, String what) {
    try {
      JsonNode tree = StrictJson.mapper().readTree(Utf8.decode(decode(part).bytes()));
      if (tree instanceof ObjectNode object) {
        return object;
      }
    } catch (JsonProcessingException | Problem e) {
      throw new Problem(
          ProblemCode.TOKEN_MALFORMED,
          "the token's " + what + " is not one JSON object with distinct names",
          e instanceof Problem ? e : new IllegalArgumentException("not strict JSON"));
    }
    throw malformed("the token's " + what + " is not a JSON object");
  }

  private static Blob decode(String part) {
    try {
      return new Blob(part);
    } catch (Problem e) {
      throw malformed("a part of the token is not base64url without padding");
    }
  }

  private static Problem malformed(String message) {
    return new Problem(ProblemCode.TOKEN_MALFORMED, message);
  }
}
