package dev.strongroom.cli.publish;

/** Hears what happens; called from several threads, and must return quickly. */
@FunctionalInterface
public interface PublishListener {
  void on(PublishEvent event);
}
