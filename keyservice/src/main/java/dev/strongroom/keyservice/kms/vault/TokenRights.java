package dev.strongroom.keyservice.kms.vault;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.keyservice.kms.KeyRight;
import dev.strongroom.keyservice.kms.KeyRight.State;
import java.nio.charset.StandardCharsets;

/** What a token may do beside using the key: by doing it where it changes nothing. */
final class TokenRights {
  private static final byte[] NOTHING = "{}".getBytes(StandardCharsets.US_ASCII);
  private static final int OK = 200;
  private static final int NO_CONTENT = 204;
  private static final int BAD_REQUEST = 400;
  private static final int FORBIDDEN = 403;

  private final VaultClient client;
  private final String token;
  private final Deadline deadline;

  TokenRights(VaultClient client, String token, Deadline deadline) {
    this.client = client;
    this.token = token;
    this.deadline = deadline;
  }

  KeyRight lookUp() {
    try (VaultReply reply = client.get("auth/token/lookup-self", token, deadline)) {
      return new KeyRight(
          "may look up its token",
          state(reply.status()),
          "allow read on auth/token/lookup-self: without it a dead token is not told from a policy"
              + " that refuses");
    }
  }

  /** By renewing it. A token that cannot be renewed is answered otherwise than a lacking right. */
  KeyRight renew() {
    try (VaultReply reply = client.post("auth/token/renew-self", NOTHING, token, deadline)) {
      return new KeyRight(
          "may renew its token",
          state(reply.status()),
          "allow update on auth/token/renew-self: without it each token is followed by a login,"
              + " which uses up secret ids that are limited");
    }
  }

  /** Asked of Vault, because a rotation cannot be taken back. Its default policy lets one ask. */
  KeyRight rotate(String path) {
    byte[] body = ("{\"paths\":[\"" + path + "\"]}").getBytes(StandardCharsets.US_ASCII);
    try (VaultReply reply = client.post("sys/capabilities-self", body, token, deadline)) {
      return new KeyRight(
          "may rotate it",
          reply.status() == OK ? rotating(reply.object("data").path(path)) : State.NOT_KNOWN,
          "strongroom keys rotate needs update on " + path);
    }
  }

  private static State rotating(JsonNode capabilities) {
    for (JsonNode capability : capabilities) {
      if (capability.asText().equals("update") || capability.asText().equals("root")) {
        return State.HELD;
      }
    }
    return State.NOT_HELD;
  }

  /**
   * @param status of Vault's answer when the token was given back
   */
  static KeyRight revoke(int status) {
    return new KeyRight(
        "may give its token back",
        state(status),
        "allow update on auth/token/revoke-self: without it a token lives on after the service has"
            + " stopped");
  }

  private static State state(int status) {
    return switch (status) {
      case OK, NO_CONTENT, BAD_REQUEST -> State.HELD;
      case FORBIDDEN -> State.MISSING;
      default -> State.NOT_KNOWN;
    };
  }
}
