package dev.strongroom.keyservice.identity;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads a key set from a file, again when its time, size or inode has changed. */
public final class FileJwksLoader implements JwksLoader {
  private static final Duration EVERY = Duration.ofSeconds(2);

  private final Path file;
  private @Nullable Stamp last;

  private record Stamp(FileTime modified, long size, @Nullable Object inode) {}

  public FileJwksLoader(Path file) {
    this.file = file;
  }

  @Override
  public synchronized Optional<byte[]> load() throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
    Stamp now = new Stamp(attributes.lastModifiedTime(), attributes.size(), attributes.fileKey());
    if (now.equals(last)) {
      return Optional.empty();
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(TokenKeys.MAX_BYTES + 1);
      last = now;
      return Optional.of(bytes);
    }
  }

  @Override
  public synchronized void forget() {
    last = null;
  }

  @Override
  public Duration every() {
    return EVERY;
  }

  @Override
  public String name() {
    return file.toString();
  }
}
