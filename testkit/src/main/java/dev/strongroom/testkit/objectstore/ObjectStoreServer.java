package dev.strongroom.testkit.objectstore;

/** A running S3 server with one bucket. Closing stops it; what it stored stays. */
public interface ObjectStoreServer extends AutoCloseable {
  S3Endpoint endpoint();

  @Override
  void close();
}
