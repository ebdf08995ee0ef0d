package dev.strongroom.cli.output;

import dev.strongroom.cli.publish.PublishListener;

/** Shows a publication as it goes on; closing it ends the last line. */
public interface Progress extends PublishListener, AutoCloseable {
  @Override
  void close();
}
