package dev.strongroom.keyservice.config.yaml;

/**
 * A number of bytes, written {@code 512}, {@code 64KiB}, {@code 1MiB} or {@code 2GiB}.
 *
 * @param bytes not negative
 */
public record ByteSize(long bytes) implements Comparable<ByteSize> {
  @Override
  public int compareTo(ByteSize other) {
    return Long.compare(bytes, other.bytes);
  }

  @Override
  public String toString() {
    return bytes + " bytes";
  }
}
