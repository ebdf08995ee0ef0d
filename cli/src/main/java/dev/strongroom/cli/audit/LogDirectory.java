package dev.strongroom.cli.audit;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/** Tells a directory that cannot be looked at from a log that does not hold together. */
public final class LogDirectory {
  private LogDirectory() {}

  /**
   * Requires a directory that holds a log, or what is left of one, and may be read.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when there is none, it holds no part
   *     of a log, or this user may not read a file in it. A log of which parts are missing passes:
   *     that is for the verifier to say
   */
  public static void requireReadable(Path directory) {
    if (!Files.exists(directory)) {
      throw unverifiable(directory, "there is no such directory");
    }
    if (!Files.isDirectory(directory)) {
      throw unverifiable(directory, "it is no directory");
    }
    try {
      Files.walkFileTree(directory, new Reader());
    } catch (AccessDeniedException e) {
      throw unverifiable(directory, "this user may not read " + e.getFile());
    } catch (IOException e) {
      // The verifier meets it too, and names the entries that it concerns.
      return;
    }
    if (!Files.exists(directory.resolve("checkpoint"))
        && !Files.exists(directory.resolve("tile"))
        && !Files.exists(directory.resolve("journal"))) {
      throw unverifiable(directory, "it holds no log: neither a checkpoint nor tiles");
    }
  }

  private static Problem unverifiable(Path directory, String why) {
    return new Problem(
        ProblemCode.CONFIGURATION_INVALID,
        "the log in " + directory + " cannot be verified: " + why);
  }

  private static final class Reader extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      if (attributes.isRegularFile() && !Files.isReadable(file) && Files.exists(file)) {
        throw new AccessDeniedException(file.toString());
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof AccessDeniedException) {
        throw failure;
      }
      // A live log removes files while it is looked at.
      return FileVisitResult.CONTINUE;
    }
  }
}
