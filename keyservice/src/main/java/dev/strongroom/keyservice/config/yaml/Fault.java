package dev.strongroom.keyservice.config.yaml;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/**
 * One thing that is wrong in a file.
 *
 * @param line counted from 1; 0 where no line was read
 * @param path the full path of the key, for example {@code identity.issuers[0].audience}; empty for
 *     the file as a whole
 * @param message what is wrong and what to write instead
 */
public record Fault(int line, String path, String message) {

  /** A file that cannot be read at all. */
  public static Fault unreadable(IOException e) {
    String message =
        switch (e) {
          case NoSuchFileException _ -> "there is no such file";
          case AccessDeniedException _ -> "this user may not read it";
          case CharacterCodingException _ -> "it is not UTF-8";
          case IOException _ -> "it cannot be read";
        };
    return new Fault(0, "", message);
  }

  @Override
  public String toString() {
    return (line == 0 ? "" : "line " + line + ": ") + (path.isEmpty() ? "" : path + ": ") + message;
  }
}
