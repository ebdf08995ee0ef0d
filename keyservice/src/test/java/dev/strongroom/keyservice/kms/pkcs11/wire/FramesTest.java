package dev.strongroom.keyservice.kms.pkcs11.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class FramesTest {

  @Test
  void whatIsWrittenIsRead() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    byte[] large = new byte[20_000];
    Arrays.fill(large, (byte) 7);
    writer.write(Message.request(1, Request.UNWRAP, new byte[0], new byte[] {1, 2}));
    writer.writePastBuffer(Message.request(Long.MAX_VALUE, Request.WRAP, new byte[] {3}));
    for (int i = 0; i < 20; i++) {
      writer.write(Message.answer(i, Outcome.DONE, large));
    }
    FrameReader reader = new FrameReader(new ByteArrayInputStream(out.toByteArray()));
    Message first = reader.next();
    assertNotNull(first);
    assertEquals(Request.UNWRAP, first.request());
    assertArrayEquals(new byte[] {1, 2}, first.field(1));
    Message second = reader.next();
    assertNotNull(second);
    assertEquals(Long.MAX_VALUE, second.id());
    assertArrayEquals(new byte[] {3}, second.field(0));
    for (int i = 0; i < 20; i++) {
      Message each = reader.next();
      assertNotNull(each);
      assertEquals(i, each.id());
      assertArrayEquals(large, each.field(0));
    }
    assertNull(reader.next());
  }

  @Test
  void severalWrittenTogetherAreRead() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new FrameWriter(out)
        .write(
            List.of(
                Message.answer(1, Outcome.DONE, new byte[] {1}),
                Message.answer(2, Outcome.DONE, new byte[] {2, 2})));
    FrameReader reader = new FrameReader(new ByteArrayInputStream(out.toByteArray()));
    assertFalse(reader.isAhead());
    Message first = reader.next();
    assertNotNull(first);
    assertEquals(1, first.id());
    assertTrue(reader.isAhead());
    Message second = reader.poll();
    assertNotNull(second);
    assertArrayEquals(new byte[] {2, 2}, second.field(0));
    assertNull(reader.poll());
  }

  @Test
  void nobodyWaitsForTheRestOfAFrameWhoOnlyLooks() throws IOException {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    new FrameWriter(frame).write(Message.answer(7, Outcome.DONE, new byte[] {1}));
    byte[] bytes = frame.toByteArray();
    try (PipedOutputStream pipe = new PipedOutputStream();
        PipedInputStream in = new PipedInputStream(pipe)) {
      FrameReader reader = new FrameReader(in, TimeUnit.SECONDS.toNanos(1));
      pipe.write(bytes, 0, 9);
      assertNull(reader.poll());
      pipe.write(bytes, 9, bytes.length - 9);
      Message whole = reader.poll();
      assertNotNull(whole);
      assertEquals(7, whole.id());
    }
  }

  @Test
  void secretsPassTheBufferOfAProcessStreamBy() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new FrameWriter(out).writePastBuffer(Message.request(1, Request.WRAP, new byte[32]));
    assertTrue(out.size() >= FrameWriter.BUFFER_BYTES);
  }

  @Test
  void cutFramesAreNoMessages() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new FrameWriter(out).write(Message.request(1, Request.WRAP, new byte[] {1}, new byte[] {2}));
    byte[] frame = out.toByteArray();
    for (int length = 1; length < frame.length; length++) {
      byte[] cut = Arrays.copyOf(frame, length);
      assertThrows(IOException.class, () -> new FrameReader(new ByteArrayInputStream(cut)).next());
    }
  }

  @Test
  void otherBytesAreNoMessages() {
    for (byte[] garbage :
        new byte[][] {
          "a module writes to its standard output".getBytes(StandardCharsets.UTF_8),
          {0, 0, 0, 1, 0},
          {-1, -1, -1, -1, 0, 0, 0, 0},
          {0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1}, // a field that is not there
          {0, 0, 0, 15, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 127, 0, 0, 0}, // one that is longer
        }) {
      assertThrows(
          IOException.class, () -> new FrameReader(new ByteArrayInputStream(garbage)).next());
    }
  }

  @Test
  void asManyFieldsAsAreWrittenAreRead() throws IOException {
    for (int count : new int[] {255, 256, 257, FrameWriter.MAX_FIELDS}) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[][] fields = new byte[count][1];
      fields[count - 1][0] = 9;
      new FrameWriter(out).write(Message.request(1, Request.OPEN, fields));
      Message read = new FrameReader(new ByteArrayInputStream(out.toByteArray())).next();
      assertNotNull(read);
      assertEquals(count, read.fields().size());
      assertArrayEquals(new byte[] {9}, read.field(count - 1));
    }
  }

  @Test
  void whatFitsIntoNoFrameIsNotWritten() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out);
    Message many = Message.request(1, Request.OPEN, new byte[FrameWriter.MAX_FIELDS + 1][0]);
    Message large = Message.request(1, Request.OPEN, new byte[FrameWriter.MAX_FRAME_BYTES - 14]);
    for (Message each : List.of(many, large)) {
      assertThrows(IllegalArgumentException.class, () -> writer.write(each));
      assertThrows(IllegalArgumentException.class, () -> writer.writePastBuffer(each));
      assertThrows(IllegalArgumentException.class, () -> writer.write(List.of(each)));
    }
    assertEquals(0, out.size());
    byte[] longest = new byte[FrameWriter.MAX_FRAME_BYTES - 15];
    writer.write(Message.request(1, Request.OPEN, longest));
    Message read = new FrameReader(new ByteArrayInputStream(out.toByteArray())).next();
    assertNotNull(read);
    assertArrayEquals(longest, read.field(0));
  }

  @Test
  void moreFieldsThanAnyMessageHasAreNoMessage() {
    int count = FrameWriter.MAX_FIELDS + 1;
    ByteBuffer frame = ByteBuffer.allocate(4 + 8 + 1 + 2 + 4 * count);
    frame.putInt(frame.capacity() - 4).putLong(1).put((byte) 0).putShort((short) count);
    assertThrows(
        IOException.class, () -> new FrameReader(new ByteArrayInputStream(frame.array())).next());
  }

  @Test
  void unknownCodesAndMissingFieldsAreFaultsOfTheOtherSide() {
    Message message = new Message(1, 99, List.of());
    assertThrows(IllegalStateException.class, message::outcome);
    assertThrows(IllegalStateException.class, message::request);
    assertThrows(IllegalStateException.class, () -> message.field(0));
  }

  @Test
  void aMessageDoesNotShowItsFields() {
    assertTrue(
        !Message.request(1, Request.WRAP, "secret".getBytes(StandardCharsets.UTF_8))
            .toString()
            .contains("secret"));
  }
}
