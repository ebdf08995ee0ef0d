package dev.strongroom.cli.connect;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The file that holds our identity token. It is read for each use, because whoever issues tokens
 * renews them underneath.
 */
public record TokenFile(Path file) {
  private static final int MAX_BYTES = 32 << 10;

  /**
   * The token as it is now.
   *
   * @throws Problem {@link ProblemCode#TOKEN_MISSING} when the file is absent, empty or too large
   */
  public String read() {
    try {
      if (Files.size(file) <= MAX_BYTES) {
        String token = new String(Files.readAllBytes(file), StandardCharsets.US_ASCII).strip();
        if (!token.isEmpty()) {
          return token;
        }
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.TOKEN_MISSING,
          "the token file " + file + " cannot be read; have your issuer write a token there",
          e);
    }
    throw new Problem(
        ProblemCode.TOKEN_MISSING,
        "the token file " + file + " is empty or larger than " + MAX_BYTES + " bytes");
  }
}
