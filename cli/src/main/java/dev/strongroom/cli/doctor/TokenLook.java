package dev.strongroom.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.output.Table;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.delivery.progress.Sizes;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;

/**
 * Reads what a token says about itself, without verifying it: that is the service's part. The token
 * itself is never shown.
 */
final class TokenLook {
  private TokenLook() {}

  static Finding look(String token, Instant now) {
    String[] parts = token.split("\\.", -1);
    JsonNode claims;
    JsonNode header;
    try {
      header = decode(parts[0]);
      claims = parts.length == 3 ? decode(parts[1]) : null;
    } catch (IOException | IllegalArgumentException e) {
      claims = null;
      header = null;
    }
    if (claims == null || header == null) {
      return Finding.failed(
          "token", "the file holds no JWT", "Have your issuer write a compact JWT there.");
    }
    String seen = describe(header, claims);
    if (!claims.path("exp").isNumber()) {
      return Finding.failed("token", seen + "; it has no exp", "Ask for a token that expires.");
    }
    Instant end = Instant.ofEpochSecond(claims.path("exp").asLong());
    if (!end.isAfter(now)) {
      return Finding.failed(
          "token",
          seen + "; expired " + Sizes.clock(Duration.between(end, now)) + " ago",
          "Get a fresh token from your issuer, or set this machine's clock.");
    }
    if (claims.path("nbf").asLong(0) > now.getEpochSecond() + 60) {
      return Finding.failed(
          "token", seen + "; not valid yet", "Set this machine's clock (or the issuer's).");
    }
    return Finding.ok(
        "token", seen + "; good for " + Sizes.clock(Duration.between(now, end)) + " (h:mm:ss)");
  }

  private static String describe(JsonNode header, JsonNode claims) {
    JsonNode audience = claims.path("aud");
    return "issuer "
        + text(claims, "iss")
        + ", subject "
        + text(claims, "sub")
        + ", audience "
        + Table.plain(audience.isTextual() ? audience.asText() : audience.toString())
        + ", "
        + text(header, "alg");
  }

  private static String text(JsonNode node, String member) {
    return Table.plain(node.path(member).asText("(none)"));
  }

  private static JsonNode decode(String part) throws IOException {
    return StrictJson.mapper().readTree(Base64.getUrlDecoder().decode(part));
  }
}
