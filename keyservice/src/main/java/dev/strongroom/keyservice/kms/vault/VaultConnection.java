package dev.strongroom.keyservice.kms.vault;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Locale;

/**
 * One kept connection that speaks HTTP/1.1 (RFC 9112): a request, its answer, the next request. For
 * one thread at a time. What passes through is overwritten after each answer, because it may be a
 * data key.
 */
final class VaultConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 16 * 1024;
  private static final int MAX_HEAD_BYTES = 64 * 1024;
  private static final int MAX_CHUNK_SIZE_DIGITS = 7;

  private final Socket socket;
  private final OutputStream out;
  private final InputStream in;
  private final int maxBody;
  private final byte[] buffer = new byte[BUFFER_BYTES];
  private int from;
  private int to;
  private int headBytes;
  private boolean answered;
  private boolean kept;
  private long idleSince;

  /**
   * @param maxBody of an answer, in bytes
   */
  VaultConnection(Socket socket, int maxBody) throws IOException {
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.in = socket.getInputStream();
    this.maxBody = maxBody;
  }

  /**
   * Sends a whole request, which the caller overwrites, and reads the whole answer.
   *
   * @throws SocketTimeoutException when it is not there in time
   * @throws IOException when the connection ends, or what comes is no answer
   */
  VaultReply exchange(byte[] request, Deadline deadline) throws IOException {
    answered = false;
    kept = false;
    try {
      out.write(request);
      out.flush();
      VaultReply reply = read(deadline);
      idleSince = System.nanoTime();
      return reply;
    } finally {
      Arrays.fill(buffer, (byte) 0);
      from = 0;
      to = 0;
    }
  }

  /** Whether any byte of the last answer came. */
  boolean wasAnswered() {
    return answered;
  }

  /** Whether it can take another request. */
  boolean isKept() {
    return kept;
  }

  /** Whether it has been idle for longer than this. */
  boolean isIdleFor(long nanos) {
    return System.nanoTime() - idleSince > nanos;
  }

  private VaultReply read(Deadline deadline) throws IOException {
    Head head = head(deadline);
    while (head.status() / 100 == 1) {
      head = head(deadline);
    }
    boolean empty = head.status() == 204 || head.status() == 304;
    byte[] body;
    if (empty) {
      body = new byte[0];
    } else if (head.chunked()) {
      body = chunks(deadline);
    } else if (head.length() >= 0) {
      body = exactly(head.length(), deadline);
    } else {
      throw new IOException("an answer without a length");
    }
    // More than was asked for belongs to nobody: the next answer would be taken for another.
    kept = head.keep() && from == to;
    return new VaultReply(head.status(), body);
  }

  /**
   * @param length -1 where it says none
   */
  private record Head(int status, int length, boolean chunked, boolean keep) {}

  private Head head(Deadline deadline) throws IOException {
    headBytes = 0;
    String status = line(deadline);
    if (!status.startsWith("HTTP/1.") || status.length() < 12) {
      throw new IOException("no answer of HTTP/1.1");
    }
    int length = -1;
    boolean chunked = false;
    boolean keep = status.startsWith("HTTP/1.1");
    for (String line = line(deadline); !line.isEmpty(); line = line(deadline)) {
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw new IOException("a header without a name");
      }
      String value = line.substring(colon + 1).strip();
      if (isNamed(line, colon, "content-length")) {
        length = length(value, length);
      } else if (isNamed(line, colon, "transfer-encoding")) {
        chunked = chunked(value);
      } else if (isNamed(line, colon, "connection")) {
        keep &= !value.toLowerCase(Locale.ROOT).contains("close");
      }
    }
    // Both at once is what smuggled answers look like (RFC 9112, 6.3).
    if (chunked && length >= 0) {
      throw new IOException("an answer with two lengths");
    }
    return new Head(number(status.substring(9, 12), 10), length, chunked, keep);
  }

  private static boolean isNamed(String line, int colon, String name) {
    return colon == name.length() && line.regionMatches(true, 0, name, 0, colon);
  }

  private int length(String value, int before) throws IOException {
    int length = number(value, 10);
    if (length > maxBody || (before >= 0 && before != length)) {
      throw new IOException("an answer of a length that is not wanted");
    }
    return length;
  }

  private static boolean chunked(String value) throws IOException {
    if (!value.equalsIgnoreCase("chunked")) {
      throw new IOException("an unknown transfer encoding");
    }
    return true;
  }

  private static int number(String digits, int radix) throws IOException {
    if (digits.isEmpty() || digits.length() > MAX_CHUNK_SIZE_DIGITS) {
      throw new IOException("a number that is none");
    }
    for (int i = 0; i < digits.length(); i++) {
      if (Character.digit(digits.charAt(i), radix) < 0 || digits.charAt(i) > 'f') {
        throw new IOException("a number that is none");
      }
    }
    return Integer.parseInt(digits, radix);
  }

  private byte[] chunks(Deadline deadline) throws IOException {
    byte[] body = new byte[0];
    while (true) {
      headBytes = 0;
      String size = line(deadline);
      int end = size.indexOf(';');
      int length = number((end < 0 ? size : size.substring(0, end)).strip(), 16);
      if (length == 0) {
        while (!line(deadline).isEmpty()) {
          // Trailers say nothing that is wanted.
        }
        return body;
      }
      if (body.length + length > maxBody) {
        throw new IOException("an answer of a length that is not wanted");
      }
      byte[] chunk = exactly(length, deadline);
      byte[] longer = Arrays.copyOf(body, body.length + length);
      System.arraycopy(chunk, 0, longer, body.length, length);
      Arrays.fill(chunk, (byte) 0);
      Arrays.fill(body, (byte) 0);
      body = longer;
      if (!line(deadline).isEmpty()) {
        throw new IOException("a chunk that does not end");
      }
    }
  }

  private byte[] exactly(int length, Deadline deadline) throws IOException {
    byte[] bytes = new byte[length];
    for (int at = 0; at < length; ) {
      if (from == to) {
        fill(deadline);
      }
      int count = Math.min(to - from, length - at);
      System.arraycopy(buffer, from, bytes, at, count);
      from += count;
      at += count;
    }
    return bytes;
  }

  private String line(Deadline deadline) throws IOException {
    StringBuilder earlier = null;
    while (true) {
      for (int i = from; i < to; i++) {
        if (buffer[i] == '\n') {
          String line = new String(buffer, from, i - from, ISO_8859_1);
          countHead(i + 1 - from);
          from = i + 1;
          String whole = earlier == null ? line : earlier.append(line).toString();
          return whole.endsWith("\r") ? whole.substring(0, whole.length() - 1) : whole;
        }
      }
      earlier = earlier == null ? new StringBuilder() : earlier;
      earlier.append(new String(buffer, from, to - from, ISO_8859_1));
      countHead(to - from);
      from = to;
      fill(deadline);
    }
  }

  private void countHead(int bytes) throws IOException {
    headBytes += bytes;
    if (headBytes > MAX_HEAD_BYTES) {
      throw new IOException("a head without an end");
    }
  }

  private void fill(Deadline deadline) throws IOException {
    // Set anew each time: bytes that come one by one do not prolong the call.
    socket.setSoTimeout(Math.toIntExact(Math.max(1, deadline.left().toMillis())));
    int count = in.read(buffer, 0, buffer.length);
    if (count <= 0) {
      throw new EOFException("the connection ended");
    }
    answered = true;
    from = 0;
    to = count;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
