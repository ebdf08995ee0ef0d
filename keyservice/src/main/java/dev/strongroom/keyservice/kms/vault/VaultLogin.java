package dev.strongroom.keyservice.kms.vault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gets tokens of Vault and renews them. Every call ends with its deadline. */
final class VaultLogin {
  private static final Logger LOG = LoggerFactory.getLogger(VaultLogin.class);
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);
  private static final int MAX_FILE_BYTES = 16 * 1024;
  private static final int OK = 200;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY_REQUESTS = 429;

  private final KekConfig.Vault config;
  private final VaultClient client;

  /**
   * @param client shared with the calls of the transit engine; not closed
   */
  VaultLogin(KekConfig.Vault config, VaultClient client) {
    this.config = config;
    this.client = client;
  }

  /**
   * A fresh token.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when Vault is not reached or
   *     refuses; {@link ProblemCode#KEY_BACKEND_THROTTLED}
   */
  VaultToken login(Deadline deadline) {
    return switch (config.auth()) {
      case VaultAuth.Kubernetes it ->
          granted(it.mount(), Map.of("role", it.role(), "jwt", text(it.tokenFile())), deadline);
      case VaultAuth.Jwt it ->
          granted(it.mount(), Map.of("role", it.role(), "jwt", text(it.tokenFile())), deadline);
      case VaultAuth.AppRole it ->
          granted(
              it.mount(),
              Map.of("role_id", it.roleId(), "secret_id", secret(it.secretIdFile())),
              deadline);
      case VaultAuth.TokenFile it -> lookedUp(secret(it.path()), it.path(), deadline);
    };
  }

  /**
   * Lengthens the life of a token.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when Vault is not reached or
   *     refuses; {@link ProblemCode#KEY_BACKEND_THROTTLED}
   */
  VaultToken renew(VaultToken token, Deadline deadline) {
    try (VaultReply reply =
        client.post("auth/token/renew-self", NOTHING, token.value(), deadline)) {
      requireOk(reply, "renews no token");
      JsonNode auth = reply.object("auth");
      return token(token.value(), auth.path("lease_duration"), auth.path("renewable"));
    }
  }

  /**
   * Whether Vault knows the token.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when it does not say; {@link
   *     ProblemCode#KEY_BACKEND_THROTTLED}
   */
  boolean isAlive(String token, Deadline deadline) {
    try (VaultReply reply = client.get("auth/token/lookup-self", token, deadline)) {
      if (reply.status() == FORBIDDEN) {
        return false;
      }
      requireOk(reply, "says nothing about its token");
      return true;
    }
  }

  /**
   * Ends a token that this service got for itself. Where that does not work it ends by itself.
   *
   * @return the status of Vault's answer; empty for a token of somebody else, and without an answer
   */
  Optional<Integer> giveBack(VaultToken token, Deadline deadline) {
    if (config.auth() instanceof VaultAuth.TokenFile) {
      return Optional.empty();
    }
    try (VaultReply reply =
        client.post("auth/token/revoke-self", NOTHING, token.value(), deadline)) {
      if (reply.status() == FORBIDDEN) {
        LOG.atWarn()
            .log(
                "Vault does not let the service give its token back: allow update on"
                    + " auth/token/revoke-self; the token ends by itself");
      }
      return Optional.of(reply.status());
    } catch (Problem e) {
      return Optional.empty();
    }
  }

  // Once: a secret may be good for a single login.
  private VaultToken granted(String mount, Map<String, String> proof, Deadline deadline) {
    byte[] body = json(proof);
    try (VaultReply reply = client.postOnce("auth/" + mount + "/login", body, null, deadline)) {
      requireOk(reply, "refuses the login");
      JsonNode auth = reply.object("auth");
      String token = auth.path("client_token").asText("");
      if (token.isEmpty()) {
        throw new Problem(
            ProblemCode.KEY_BACKEND_UNAVAILABLE, "Vault answers a login without a token");
      }
      return token(token, auth.path("lease_duration"), auth.path("renewable"));
    } finally {
      Arrays.fill(body, (byte) 0);
    }
  }

  private VaultToken lookedUp(String token, Path file, Deadline deadline) {
    try (VaultReply reply = client.get("auth/token/lookup-self", token, deadline)) {
      requireOk(reply, "refuses the token in " + file + ": who writes it must replace it");
      JsonNode data = reply.object("data");
      return token(token, data.path("ttl"), data.path("renewable"));
    }
  }

  private static VaultToken token(String value, JsonNode seconds, JsonNode renewable) {
    // A life that is not told must not count as one without end.
    if (!seconds.canConvertToInt() || seconds.intValue() < 0) {
      throw new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          "what answers for Vault does not say how long a token lives");
    }
    return new VaultToken(
        value, Duration.ofSeconds(seconds.intValue()), renewable.asBoolean(false));
  }

  private void requireOk(VaultReply reply, String otherwise) {
    if (reply.status() == OK) {
      return;
    }
    String errors = reply.errors();
    throw new Problem(
        reply.status() == TOO_MANY_REQUESTS
            ? ProblemCode.KEY_BACKEND_THROTTLED
            : ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "Vault at "
            + config.address().getAuthority()
            + " "
            + otherwise
            + " (status "
            + reply.status()
            + (errors.isEmpty() ? "" : ", " + errors)
            + "): check kek.vault.auth and the role in Vault",
        null,
        reply.retryAfter());
  }

  private static byte[] json(Map<String, String> members) {
    try {
      return MAPPER.writeValueAsBytes(members);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts are JSON", e);
    }
  }

  // A projected token is readable for its pod, whatever its mode says.
  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw unreadable(file);
      }
      return Files.readString(file, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw unreadable(file);
    }
  }

  private static Problem unreadable(Path file) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "the token in " + file + " cannot be read: check that it is mounted");
  }

  private static String secret(Path file) {
    byte[] bytes = OwnerOnlyFile.read(file, MAX_FILE_BYTES);
    try {
      return new String(bytes, StandardCharsets.US_ASCII).strip();
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }
}
