package dev.strongroom.keyservice.kms.vault;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * The body of a call of the transit engine, built as bytes, because a data key may be in it. Its
 * values are base64 or of the form of a ciphertext: nothing needs escaping.
 */
final class TransitRequest implements AutoCloseable {
  private final byte[] body;

  private TransitRequest(byte[] context, String name, byte[] value) {
    byte[] encodedContext = Base64.getEncoder().encode(context);
    byte[] head = ("{\"" + name + "\":\"").getBytes(StandardCharsets.US_ASCII);
    byte[] middle = "\",\"context\":\"".getBytes(StandardCharsets.US_ASCII);
    byte[] tail = "\"}".getBytes(StandardCharsets.US_ASCII);
    this.body = join(head, value, middle, encodedContext, tail);
  }

  /** To wrap; the data key is the caller's to overwrite. */
  static TransitRequest wrap(byte[] dataKey, byte[] context) {
    byte[] encoded = Base64.getEncoder().encode(dataKey);
    try {
      return new TransitRequest(context, "plaintext", encoded);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  /** To unwrap or rewrap. */
  static TransitRequest open(String ciphertext, byte[] context) {
    return new TransitRequest(
        context, "ciphertext", ciphertext.getBytes(StandardCharsets.US_ASCII));
  }

  byte[] body() {
    return body;
  }

  @Override
  public void close() {
    Arrays.fill(body, (byte) 0);
  }

  private static byte[] join(byte[]... parts) {
    byte[] all = new byte[Arrays.stream(parts).mapToInt(part -> part.length).sum()];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
