package dev.strongroom.keyservice.kms.vault;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;

/**
 * An answer of Vault. Its body may hold a data key: it is overwritten when closed, and the key is
 * never a text.
 */
final class VaultReply implements AutoCloseable {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final JsonFactory JSON = MAPPER.getFactory();
  private static final int SHOWN = 200;
  private static final int NOT_FOUND = 404;

  private final int status;
  private final byte[] body;
  private final Duration retryAfter;

  VaultReply(int status, byte[] body) {
    this(status, body, Duration.ZERO);
  }

  /**
   * @param retryAfter what it asks for; zero where it does not
   */
  VaultReply(int status, byte[] body, Duration retryAfter) {
    this.status = status;
    this.body = body;
    this.retryAfter = retryAfter;
  }

  int status() {
    return status;
  }

  /** How long Vault wants to be left alone; zero where it does not say. */
  Duration retryAfter() {
    return retryAfter;
  }

  /** Its bytes; overwritten when it is closed. */
  byte[] body() {
    return body;
  }

  /**
   * The object of this name, for answers that hold no data key.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when there is none
   */
  JsonNode object(String name) {
    try {
      JsonNode object = MAPPER.readTree(body).path(name);
      if (object.isObject()) {
        return object;
      }
    } catch (IOException e) {
      // A proxy's page, perhaps.
    }
    throw new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "what answers for Vault sends no JSON with '" + name + "'");
  }

  /** The text {@code data.NAME}. */
  Optional<String> text(String name) {
    try (JsonParser parser = JSON.createParser(body)) {
      return find(parser, name) ? Optional.of(parser.getText()) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * The base64 of {@code data.NAME}, decoded from the body's bytes, because a text cannot be
   * overwritten. The caller overwrites what it gets.
   */
  Optional<byte[]> bytes(String name) {
    try (JsonParser parser = JSON.createParser(body)) {
      if (!find(parser, name)) {
        return Optional.empty();
      }
      int start = Math.toIntExact(parser.currentTokenLocation().getByteOffset()) + 1;
      int end = start;
      while (end < body.length && body[end] != '"') {
        end++;
      }
      byte[] encoded = Arrays.copyOfRange(body, start, end);
      try {
        return Optional.of(Base64.getDecoder().decode(encoded));
      } finally {
        Arrays.fill(encoded, (byte) 0);
      }
    } catch (IOException | IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What Vault says went wrong: the texts of {@code errors}, cut to what a message may hold. */
  String errors() {
    StringBuilder text = new StringBuilder();
    try (JsonParser parser = JSON.createParser(body)) {
      boolean inside = false;
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.FIELD_NAME) {
          inside = parser.currentName().equals("errors");
        } else if (inside && token == JsonToken.VALUE_STRING) {
          text.append(text.isEmpty() ? "" : "; ").append(parser.getText());
        }
      }
    } catch (IOException e) {
      // A proxy's page, perhaps: the status must do.
    }
    String printable = text.toString().replaceAll("[^\\x20-\\x7e]+", " ").strip();
    return printable.length() <= SHOWN ? printable : printable.substring(0, SHOWN);
  }

  /**
   * Whether Vault itself refuses, and nothing that stands before it: for refusals, which hold no
   * data key.
   */
  boolean isVaultsRefusal() {
    return refusals().isArray();
  }

  /** Whether Vault says that nothing is at this path of an engine that is there. */
  boolean saysNothingIsThere() {
    // Where no engine is mounted, the same status comes with an error that says it.
    return status == NOT_FOUND && isVaultsRefusal() && refusals().isEmpty();
  }

  private JsonNode refusals() {
    try {
      return MAPPER.readTree(body).path("errors");
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  @Override
  public void close() {
    Arrays.fill(body, (byte) 0);
  }

  // Stands at the value of data.NAME afterwards.
  private static boolean find(JsonParser parser, String name) throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      return false;
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      boolean data = parser.currentName().equals("data");
      JsonToken value = parser.nextToken();
      if (!data || value != JsonToken.START_OBJECT) {
        parser.skipChildren();
        continue;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean wanted = parser.currentName().equals(name);
        if (parser.nextToken() == JsonToken.VALUE_STRING && wanted) {
          return true;
        }
        parser.skipChildren();
      }
    }
    return false;
  }
}
