package dev.strongroom.delivery.place;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/**
 * Takes a directory of plaintext away: each file is overwritten, truncated and unlinked, in this
 * order ({@link WipeManner} names the exception). Overwriting comes first because a consumer that
 * still has the file open would otherwise keep its pages; unlinking comes last so that nothing is
 * lost from sight before it is gone. Symbolic links are unlinked and never followed.
 *
 * <p>It goes on after a failure, so that one stubborn file does not save the others, and throws the
 * first failure at the end.
 */
final class TreeWipe {
  private static final int BLOCK = 1 << 20;

  private final WipeManner manner;
  private final byte[] zeros = new byte[BLOCK];
  private WipeExtent extent = WipeExtent.NOTHING;
  private boolean interrupted;
  private @org.jspecify.annotations.Nullable IOException failure;

  private TreeWipe(WipeManner manner) {
    this.manner = manner;
  }

  /**
   * @throws IOException when anything remains
   */
  static WipeExtent wipe(Path root, WipeManner manner) throws IOException {
    TreeWipe wipe = new TreeWipe(manner);
    wipe.visit(root);
    if (wipe.interrupted) {
      Thread.currentThread().interrupt();
    }
    if (wipe.failure != null) {
      throw wipe.failure;
    }
    return wipe.extent;
  }

  private void visit(Path path) {
    try {
      BasicFileAttributes attributes =
          Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (attributes.isDirectory()) {
        directory(path);
      } else if (attributes.isRegularFile()) {
        uninterruptibly(path);
      } else {
        Files.delete(path);
      }
    } catch (NoSuchFileException e) {
      // Already gone, which is what is wanted.
    } catch (IOException e) {
      note(e);
    }
  }

  private void directory(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(path)) {
      entries.forEach(this::visit);
    }
    Files.deleteIfExists(path);
  }

  // An interrupt closes the channel of the file at hand. It must not save the file.
  private void uninterruptibly(Path path) throws IOException {
    while (true) {
      interrupted |= Thread.interrupted();
      try {
        file(path);
        return;
      } catch (ClosedByInterruptException e) {
        interrupted = true;
      }
    }
  }

  private void file(Path path) throws IOException {
    Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
    try (FileChannel channel =
        FileChannel.open(path, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
      long size = channel.size();
      switch (manner) {
        case OVERWRITE -> overwrite(channel, size);
        case TRUNCATE -> {}
      }
      channel.truncate(0);
      Files.delete(path);
      extent = extent.plus(size);
    }
  }

  private void overwrite(FileChannel channel, long size) throws IOException {
    for (long position = 0; position < size; ) {
      ByteBuffer block = ByteBuffer.wrap(zeros, 0, (int) Math.min(BLOCK, size - position));
      position += channel.write(block, position);
    }
  }

  private void note(IOException e) {
    if (failure == null) {
      failure = e;
    } else {
      failure.addSuppressed(e);
    }
  }
}
