package dev.strongroom.keyservice.http;

/** Where the events of one stream come from. */
public interface EventSource {

  /**
   * Begins to deliver. The sink may be called from any thread, and before this method returns.
   *
   * @return what ends the delivery; closing it twice is harmless
   */
  AutoCloseable open(Sink sink);

  /** Takes the events of one stream. */
  interface Sink {
    /** Sends one event: a compact JWS, without line breaks. */
    void event(String data);

    /** Ends the stream after what was sent so far. */
    void end();
  }
}
