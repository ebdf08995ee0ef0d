package dev.strongroom.delivery.attest.nitro;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The two messages of the Nitro Security Module that are needed, in CBOR (RFC 8949): {@code
 * {"Attestation": {"user_data": null, "nonce": bytes, "public_key": null}}}, and {@code
 * {"Attestation": {"document": bytes}}} or {@code {"Error": text}}. One writer and one reader for
 * exactly these forms is less than a library for all.
 */
final class NsmMessages {
  private static final int BYTES = 2;
  private static final int TEXT = 3;
  private static final int MAP = 5;
  private static final int NULL = 0xf6;
  private static final int MAX_ERROR = 100;

  private NsmMessages() {}

  /** Asks for a document over that nonce, 1 to 512 bytes. */
  static byte[] attestation(byte[] nonce) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    head(out, MAP, 1);
    text(out, "Attestation");
    head(out, MAP, 3);
    text(out, "user_data");
    out.write(NULL);
    text(out, "nonce");
    head(out, BYTES, nonce.length);
    out.writeBytes(nonce);
    text(out, "public_key");
    out.write(NULL);
    return out.toByteArray();
  }

  private static void text(ByteArrayOutputStream out, String text) {
    head(out, TEXT, text.length());
    out.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void head(ByteArrayOutputStream out, int major, int count) {
    if (count < 24) {
      out.write(major << 5 | count);
    } else if (count < 0x100) {
      out.write(major << 5 | 24);
      out.write(count);
    } else {
      out.write(major << 5 | 25);
      out.write(count >> 8);
      out.write(count);
    }
  }

  /**
   * The document of a response. It is taken as it is: who verifies it reads it.
   *
   * @throws IOException when the response is an error or of another form
   */
  static byte[] document(byte[] response) throws IOException {
    ByteBuffer in = ByteBuffer.wrap(response);
    try {
      require(length(in, MAP) == 1);
      String kind = readText(in);
      if (kind.equals("Error")) {
        throw new IOException("the Nitro Security Module refuses: " + shown(readText(in)));
      }
      require(kind.equals("Attestation") && length(in, MAP) == 1);
      require(readText(in).equals("document"));
      byte[] document = content(in, length(in, BYTES));
      require(!in.hasRemaining());
      return document;
    } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
      throw malformed(e);
    }
  }

  private static String shown(String error) {
    return error.substring(0, Math.min(error.length(), MAX_ERROR)).replaceAll("[^ -~]", "?");
  }

  private static String readText(ByteBuffer in) throws IOException {
    return new String(content(in, length(in, TEXT)), StandardCharsets.ISO_8859_1);
  }

  private static byte[] content(ByteBuffer in, int length) throws IOException {
    require(length <= in.remaining());
    byte[] content = new byte[length];
    in.get(content);
    return content;
  }

  private static int length(ByteBuffer in, int major) throws IOException {
    int head = Byte.toUnsignedInt(in.get());
    require(head >> 5 == major);
    int count = head & 0x1f;
    return switch (count) {
      case 24 -> Byte.toUnsignedInt(in.get());
      case 25 -> Short.toUnsignedInt(in.getShort());
      default -> {
        require(count < 24);
        yield count;
      }
    };
  }

  private static void require(boolean holds) throws IOException {
    if (!holds) {
      throw malformed(null);
    }
  }

  private static IOException malformed(@Nullable RuntimeException cause) {
    return new IOException("the Nitro Security Module answers in a form that is not known", cause);
  }
}
