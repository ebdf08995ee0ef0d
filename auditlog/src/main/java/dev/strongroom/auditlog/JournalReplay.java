package dev.strongroom.auditlog;

import dev.strongroom.auditlog.JournalRecord.Header;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.OptionalLong;

/**
 * Reads the journal from its first segment to its end. A record that is not whole ends the journal
 * when nothing whole follows it in the last segment: it was being written in the crash, and nobody
 * was told of it. Anywhere else it is damage.
 */
final class JournalReplay {
  /** Takes the records in order. */
  @FunctionalInterface
  interface RecordVisitor {
    void visit(JournalRecord record) throws IOException;
  }

  private final RecordVisitor visitor;
  private long nextIndex;

  private JournalReplay(long nextIndex, RecordVisitor visitor) {
    this.nextIndex = nextIndex;
    this.visitor = visitor;
  }

  /**
   * Visits every whole record.
   *
   * @param nextIndex where a damaged record before the first whole one is said to be
   * @return how many bytes of a torn last record were passed over
   */
  static long run(Path folder, long nextIndex, RecordVisitor visitor) throws IOException {
    JournalReplay replay = new JournalReplay(nextIndex, visitor);
    List<Path> segments = segments(folder);
    long torn = 0;
    for (int i = 0; i < segments.size(); i++) {
      torn = replay.segment(segments.get(i), i == segments.size() - 1);
    }
    return torn;
  }

  static List<Path> segments(Path folder) throws IOException {
    return LogFiles.list(folder).stream().filter(p -> firstIndex(p).isPresent()).toList();
  }

  /** The index that names a segment; empty for any other file. */
  static OptionalLong firstIndex(Path segment) {
    Path name = segment.getFileName();
    String digits = name == null ? "" : name.toString();
    return digits.length() == 20
        ? Encodings.decimal(digits.replaceFirst("^0+(?=[0-9])", ""))
        : OptionalLong.empty();
  }

  private long segment(Path segment, boolean isLast) throws IOException {
    try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.READ)) {
      long end = channel.size();
      long at = 0;
      while (at < end) {
        ByteBuffer record = wholeRecord(channel, at, end);
        if (record.remaining() == 0) {
          requireTorn(segment, channel, at, end, isLast);
          return end - at;
        }
        int length = record.remaining();
        Header header = Header.read(record.duplicate());
        JournalRecord decoded =
            JournalRecord.decode(
                header, record.position(record.position() + JournalRecord.HEADER_BYTES));
        visitor.visit(decoded);
        nextIndex = decoded.endIndex();
        at += length;
      }
      return 0;
    }
  }

  private void requireTorn(Path segment, FileChannel channel, long at, long end, boolean isLast)
      throws IOException {
    if (!isLast || wholeRecordFollows(channel, at + 1, end)) {
      throw new AuditLogException(
          LogCode.JOURNAL_CORRUPT,
          nextIndex,
          "the journal " + segment + " is damaged at byte " + at + "; restore the log");
    }
  }

  /** The record at a place, header included; empty where no whole one stands. */
  private static ByteBuffer wholeRecord(FileChannel channel, long at, long end) throws IOException {
    ByteBuffer none = ByteBuffer.allocate(0);
    if (end - at < JournalRecord.HEADER_BYTES) {
      return none;
    }
    Header header = Header.read(read(channel, at, JournalRecord.HEADER_BYTES));
    if (!header.isPlausible() || end - at - JournalRecord.HEADER_BYTES < header.bodyLength()) {
      return none;
    }
    ByteBuffer record = read(channel, at, JournalRecord.HEADER_BYTES + header.bodyLength());
    return JournalRecord.isIntact(record) ? record : none;
  }

  private static boolean wholeRecordFollows(FileChannel channel, long from, long end)
      throws IOException {
    int window = 1 << 20;
    for (long at = from; at < end; at += window) {
      int length = (int) Math.min(window + Integer.BYTES - 1L, end - at);
      ByteBuffer bytes = read(channel, at, length);
      for (int i = 0; i + Integer.BYTES <= length && i < window; i++) {
        if (bytes.getInt(i) == JournalRecord.MAGIC
            && wholeRecord(channel, at + i, end).remaining() > 0) {
          return true;
        }
      }
    }
    return false;
  }

  private static ByteBuffer read(FileChannel channel, long at, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
      // Until the length that was seen when the segment was opened.
    }
    return bytes.flip();
  }
}
