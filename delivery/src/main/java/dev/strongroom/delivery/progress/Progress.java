package dev.strongroom.delivery.progress;

import java.util.List;

/** Listens to events. Called from several threads; must be quick and must not throw. */
@FunctionalInterface
public interface Progress {
  void on(DeliveryEvent event);

  /** Nobody listens. */
  static Progress none() {
    return event -> {};
  }

  /** Several listen. */
  static Progress all(List<Progress> listeners) {
    List<Progress> all = List.copyOf(listeners);
    return event -> all.forEach(listener -> listener.on(event));
  }
}
