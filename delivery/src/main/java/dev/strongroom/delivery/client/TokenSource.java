package dev.strongroom.delivery.client;

import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where the identity token comes from. Asked for each request, because tokens are replaced. */
@FunctionalInterface
public interface TokenSource {
  /**
   * The token as it is now; empty where a client certificate alone identifies.
   *
   * @throws Problem {@link ProblemCode#TOKEN_MISSING} when there is none, {@link
   *     ProblemCode#TOKEN_MALFORMED} when it holds other characters than a token has
   */
  String token();

  /** None, for clients whose certificate alone identifies them. */
  static TokenSource none() {
    return () -> "";
  }

  /** Reads a file that something else keeps fresh, such as a projected service-account token. */
  static TokenSource file(Path file) {
    return () -> read(file);
  }

  private static String read(Path file) {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(GrantRequest.MAX_TOKEN_CHARS + 2);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TOKEN_MISSING,
          "the token file " + file + " cannot be read; check tokenFile",
          e);
    }
    String token = new String(bytes, StandardCharsets.ISO_8859_1).strip();
    if (token.isEmpty()) {
      throw new Problem(ProblemCode.TOKEN_MISSING, "the token file " + file + " is empty");
    }
    boolean visible = token.chars().allMatch(c -> c > ' ' && c < 127);
    if (!visible || token.length() > GrantRequest.MAX_TOKEN_CHARS) {
      throw new Problem(
          ProblemCode.TOKEN_MALFORMED,
          "the token file " + file + " holds something else than a token");
    }
    return token;
  }
}
