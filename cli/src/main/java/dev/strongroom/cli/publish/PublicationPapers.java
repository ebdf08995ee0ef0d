package dev.strongroom.cli.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * What a publisher keeps of a publication: {@code manifest.dsse.json}, {@code bom.cdx.json}, {@code
 * leaf.json} and {@code receipt.txt}.
 */
final class PublicationPapers {
  private final Path directory;

  PublicationPapers(Path directory) {
    this.directory = directory;
  }

  /**
   * Writes them. Each appears whole or not at all, and is on the disk when this returns.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when they cannot be written
   */
  void write(Publication publication) {
    try {
      Files.createDirectories(directory);
      write("manifest.dsse.json", publication.envelope().bytes());
      write("bom.cdx.json", new ModelBom(publication.manifest(), publication.digest()).toJson());
      write("leaf.json", publication.published().leaf().bytes());
      write("receipt.txt", publication.published().receipt().getBytes(StandardCharsets.UTF_8));
      try (FileChannel folder = FileChannel.open(directory, StandardOpenOption.READ)) {
        folder.force(true);
      }
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the version is published, but its papers cannot be written to "
              + directory
              + "; name another --out and run the same command again",
          e);
    }
  }

  private void write(String name, byte[] content) throws IOException {
    Path staged = directory.resolve("." + name + ".writing");
    try (FileChannel file =
        FileChannel.open(
            staged,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.wrap(content);
      while (bytes.hasRemaining()) {
        file.write(bytes);
      }
      file.force(true);
    }
    Files.move(
        staged,
        directory.resolve(name),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }
}
