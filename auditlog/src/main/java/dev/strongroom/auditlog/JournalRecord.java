package dev.strongroom.auditlog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One batch in the journal: its leaves and the signed checkpoint over everything up to its end.
 *
 * <pre>
 * uint32 magic "SRJ1" | uint32 bodyLength | uint64 firstIndex | uint64 term | uint32 count |
 * uint32 CRC-32C of bodyLength..count and body | body = count × (uint16 length, leaf), note
 * </pre>
 *
 * All integers are big-endian. The checksum finds torn writes; against tampering stands the
 * signature in the note.
 */
record JournalRecord(long firstIndex, long term, List<byte[]> leaves, String note) {
  static final int HEADER_BYTES = 32;
  static final int MAGIC = 0x53524a31;

  /** The longest body that is read back; the configuration keeps batches below it. */
  static final int MAX_BODY_BYTES = 64 << 20;

  private static final int CHECKED_FROM = 4;
  private static final int CHECKSUM_AT = 28;

  JournalRecord {
    leaves = List.copyOf(leaves);
  }

  long endIndex() {
    return firstIndex + leaves.size();
  }

  /** The header of a record, as far as it can be believed before its checksum is verified. */
  record Header(int bodyLength, long firstIndex, long term, int count, int checksum) {
    static Header read(ByteBuffer header) {
      int magic = header.getInt();
      Header read =
          new Header(
              header.getInt(),
              header.getLong(),
              header.getLong(),
              header.getInt(),
              header.getInt());
      return magic == MAGIC ? read : new Header(-1, -1, -1, -1, 0);
    }

    boolean isPlausible() {
      return bodyLength > 0
          && bodyLength <= MAX_BODY_BYTES
          && firstIndex >= 0
          && count > 0
          && count <= bodyLength / EntryBundle.LENGTH_BYTES;
    }
  }

  int encodedLength() {
    long length = HEADER_BYTES + (long) note.length();
    for (byte[] leaf : leaves) {
      length += EntryBundle.LENGTH_BYTES + leaf.length;
    }
    return Math.toIntExact(length + note.getBytes(StandardCharsets.UTF_8).length - note.length());
  }

  /** Writes the record at the buffer's position. */
  void encode(ByteBuffer target) {
    int start = target.position();
    target.position(start + HEADER_BYTES);
    for (byte[] leaf : leaves) {
      target.putShort((short) leaf.length).put(leaf);
    }
    target.put(note.getBytes(StandardCharsets.UTF_8));
    int end = target.position();
    target
        .position(start)
        .putInt(MAGIC)
        .putInt(end - start - HEADER_BYTES)
        .putLong(firstIndex)
        .putLong(term)
        .putInt(leaves.size());
    target.putInt(checksum(target.duplicate().position(start).limit(end)));
    target.position(end);
  }

  /** Whether the checksum of a whole record, from position to limit, fits. */
  static boolean isIntact(ByteBuffer record) {
    return record.getInt(record.position() + CHECKSUM_AT) == checksum(record.duplicate());
  }

  private static int checksum(ByteBuffer record) {
    CRC32C checksum = new CRC32C();
    int start = record.position();
    int end = record.limit();
    checksum.update(record.duplicate().position(start + CHECKED_FROM).limit(start + CHECKSUM_AT));
    checksum.update(record.duplicate().position(start + HEADER_BYTES).limit(end));
    return (int) checksum.getValue();
  }

  /** Reads the body of an intact record. */
  static JournalRecord decode(Header header, ByteBuffer body) {
    List<byte[]> leaves = new ArrayList<>(header.count());
    for (int i = 0; i < header.count(); i++) {
      if (body.remaining() < EntryBundle.LENGTH_BYTES) {
        throw corrupt(header);
      }
      int length = Short.toUnsignedInt(body.getShort());
      if (body.remaining() < length) {
        throw corrupt(header);
      }
      byte[] leaf = new byte[length];
      body.get(leaf);
      leaves.add(leaf);
    }
    byte[] note = new byte[body.remaining()];
    body.get(note);
    String text = Encodings.utf8(note).orElseThrow(() -> corrupt(header));
    return new JournalRecord(header.firstIndex(), header.term(), leaves, text);
  }

  private static AuditLogException corrupt(Header header) {
    return new AuditLogException(
        LogCode.JOURNAL_CORRUPT,
        header.firstIndex(),
        "a record of the journal is malformed although its checksum fits; restore the log");
  }
}
