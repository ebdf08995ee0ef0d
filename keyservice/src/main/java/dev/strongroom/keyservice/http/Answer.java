package dev.strongroom.keyservice.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.json.StrictJson;

/** What an endpoint answers. */
public sealed interface Answer {

  /** A whole body. */
  record Whole(int status, String contentType, byte[] body) implements Answer {
    /** Never the body: it may hold presigned URLs. */
    @Override
    public String toString() {
      return "Whole[" + status + ", " + body.length + " bytes]";
    }
  }

  /** 204: done, nothing to say. */
  record Empty() implements Answer {}

  /** A stream of server-sent events that ends with its source. */
  record Events(EventSource source) implements Answer {}

  /** A value as JSON, written on the calling thread. */
  static Answer json(int status, Object value) {
    try {
      return new Whole(status, "application/json", StrictJson.mapper().writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer could not be written as JSON", e);
    }
  }

  static Answer json(Object value) {
    return json(200, value);
  }

  static Answer empty() {
    return new Empty();
  }
}
