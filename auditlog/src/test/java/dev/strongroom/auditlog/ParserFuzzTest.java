package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Fuzz targets of everything that reads what others wrote. In a normal run they replay the seeds
 * committed beside them; with JAZZER_FUZZ=1 they search. What a parser accepts must come out again
 * as it went in, and what it refuses it refuses with a typed exception.
 */
class ParserFuzzTest {
  private static String text(byte[] data) {
    return new String(data, StandardCharsets.UTF_8);
  }

  @FuzzTest
  void signedNote(byte[] data) {
    try {
      assertArrayEquals(data, SignedNote.parse(data).format().getBytes(StandardCharsets.UTF_8));
    } catch (AuditLogException refused) {
      assertEquals(LogCode.NOTE_MALFORMED, refused.code());
    }
  }

  @FuzzTest
  void checkpoint(byte[] data) {
    try {
      Checkpoint checkpoint = Checkpoint.verify(data, TestKeys.TRUST, TestKeys.NOW);
      throw new AssertionError("nobody can sign this but the test: " + checkpoint);
    } catch (AuditLogException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }

  @FuzzTest
  void treeHead(byte[] data) {
    try {
      String text = SignedNote.parse(data).text();
      assertEquals(text, TreeHead.parse(text).text());
    } catch (AuditLogException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }

  @FuzzTest
  void verifierKey(byte[] data) {
    try {
      assertEquals(text(data), VerifierKey.parse(text(data)).toString());
    } catch (AuditLogException refused) {
      assertEquals(LogCode.VERIFIER_KEY_MALFORMED, refused.code());
    }
  }

  @FuzzTest
  void tilePath(byte[] data) {
    try {
      assertEquals(text(data), TilePath.parse(text(data)).toString());
    } catch (AuditLogException refused) {
      assertEquals(LogCode.TILE_PATH_MALFORMED, refused.code());
    }
  }

  /** The first byte is the count. */
  @FuzzTest
  void entryBundle(byte[] data) {
    if (data.length == 0) {
      return;
    }
    byte[] bundle = Arrays.copyOfRange(data, 1, data.length);
    int count = 1 + (data[0] & 0xff);
    EntryBundle.Parsed parsed = EntryBundle.parse(bundle, count);
    ByteArrayOutputStream again = new ByteArrayOutputStream();
    parsed.leaves().forEach(leaf -> EntryBundle.append(again, leaf));
    if (parsed.problem().isEmpty()) {
      assertEquals(count, parsed.leaves().size());
      assertArrayEquals(bundle, again.toByteArray());
    } else {
      assertTrue(parsed.leaves().size() <= count);
      assertEquals(-1, mismatchWithin(again.toByteArray(), bundle));
    }
  }

  private static int mismatchWithin(byte[] beginning, byte[] whole) {
    return Arrays.mismatch(beginning, Arrays.copyOf(whole, beginning.length));
  }

  @FuzzTest
  void receipt(byte[] data) {
    try {
      Receipt receipt = Receipt.parse(text(data));
      assertEquals(text(data), receipt.toText());
      ReceiptVerifier.verify(receipt, receipt.leaf(), TestKeys.TRUST, TestKeys.NOW);
      throw new AssertionError("nobody can sign this but the test");
    } catch (AuditLogException refused) {
      assertTrue(refused.getMessage() != null);
    }
  }

  @FuzzTest
  void journalRecord(byte[] data) {
    if (data.length < JournalRecord.HEADER_BYTES) {
      return;
    }
    ByteBuffer bytes = ByteBuffer.wrap(data);
    JournalRecord.Header header = JournalRecord.Header.read(bytes);
    if (!header.isPlausible()) {
      return;
    }
    try {
      JournalRecord record = JournalRecord.decode(header, bytes);
      assertTrue(record.leaves().size() == header.count());
      assertTrue(record.encodedLength() >= data.length);
    } catch (AuditLogException refused) {
      assertEquals(LogCode.JOURNAL_CORRUPT, refused.code());
    }
  }
}
