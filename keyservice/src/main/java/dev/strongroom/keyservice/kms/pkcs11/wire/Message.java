package dev.strongroom.keyservice.kms.pkcs11.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * One message between the service and its broker.
 *
 * @param id of the request; its answer carries the same
 * @param code the ordinal of a {@link Request} or an {@link Outcome}
 * @param fields what the code says they are
 */
@SuppressWarnings("EnumOrdinal") // both sides are the same build
public record Message(long id, int code, List<byte[]> fields) {

  public static Message request(long id, Request request, byte[]... fields) {
    return new Message(id, request.ordinal(), List.of(fields));
  }

  public static Message answer(long id, Outcome outcome, byte[]... fields) {
    return new Message(id, outcome.ordinal(), List.of(fields));
  }

  /** An answer that gives its reason in words. */
  public static Message answer(long id, Outcome outcome, String reason) {
    return answer(id, outcome, reason.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * @throws IllegalStateException when the other side does not keep to the protocol
   */
  public byte[] field(int index) {
    if (index >= fields.size()) {
      throw new IllegalStateException("a message lacks field " + index);
    }
    return fields.get(index);
  }

  /**
   * @throws IllegalStateException when the other side does not keep to the protocol
   */
  public String text(int index) {
    return new String(field(index), StandardCharsets.UTF_8);
  }

  /**
   * @throws IllegalStateException when the other side does not keep to the protocol
   */
  public Request request() {
    return of(Request.values());
  }

  /**
   * @throws IllegalStateException when the other side does not keep to the protocol
   */
  public Outcome outcome() {
    return of(Outcome.values());
  }

  /** Overwrites every field with zeros. */
  public void wipe() {
    for (byte[] field : fields) {
      Arrays.fill(field, (byte) 0);
    }
  }

  /** Never the fields: they may be secret. */
  @Override
  public String toString() {
    return "Message[" + id + ", code " + code + ", " + fields.size() + " fields]";
  }

  private <T> T of(T[] values) {
    if (code < 0 || code >= values.length) {
      throw new IllegalStateException("a message has the unknown code " + code);
    }
    return values[code];
  }
}
