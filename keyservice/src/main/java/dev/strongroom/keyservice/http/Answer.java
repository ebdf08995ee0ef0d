package dev.strongroom.keyservice.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.core.json.StrictJson;

/** What an endpoint answers. */
public sealed interface Answer {

  /** A whole body. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Whole(int status, String contentType, byte[] body) implements Answer {
    /** Never the body: it may hold presigned URLs. */
    @Override
    public String toString() {
      return "Whole[" + status + ", " + body.length + " bytes]";
    }
  }

  /** 204: done, nothing to say. */
  record Empty() implements Answer {}

  /** A refusal that was decided, not thrown. */
  record Refused(ProblemDocument problem) implements Answer {}

  /** A stream of server-sent events that ends with its source. */
  record Events(EventSource source) implements Answer {}

  /** A value as JSON, written on the calling thread. */
  static Whole json(int status, Object value) {
    try {
      return new Whole(status, "application/json", StrictJson.mapper().writeValueAsBytes(value));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer could not be written as JSON", e);
    }
  }

  static Whole json(Object value) {
    return json(200, value);
  }

  static Answer problem(ProblemDocument problem) {
    return new Refused(problem);
  }

  static Answer empty() {
    return new Empty();
  }
}
