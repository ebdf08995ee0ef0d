package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReceiptTest {
  private static final int ENTRIES = 11;
  private static final int SUBJECT = 6;
  private static final List<Receipt> RECEIPTS = new ArrayList<>();

  @BeforeAll
  static void makeReceipts(@TempDir Path folder) throws Exception {
    try (AuditLog log = AuditLog.open(AuditLogConfig.of(folder), TestKeys.KEYS, TestKeys.CLOCK)) {
      for (int i = 0; i < ENTRIES; i++) {
        byte[] leaf = leaf(i);
        log.submit(index -> leaf).get(30, TimeUnit.SECONDS);
      }
      LogReader reader = log.reader();
      for (int i = 0; i < ENTRIES; i++) {
        RECEIPTS.add(reader.receiptFor(i));
      }
    }
  }

  private static byte[] leaf(int i) {
    return ("{\"event\":" + i + "}").getBytes(StandardCharsets.UTF_8);
  }

  private static Receipt receipt() {
    return RECEIPTS.get(SUBJECT);
  }

  private static LogCode refusal(Receipt receipt, byte[] leaf) {
    return assertThrows(
            AuditLogException.class,
            () -> ReceiptVerifier.verify(receipt, leaf, TestKeys.TRUST, TestKeys.NOW))
        .code();
  }

  @Test
  void bothTextFormsVerify() {
    Receipt withLeaf = Receipt.parse(receipt().toText());
    assertArrayEquals(leaf(SUBJECT), withLeaf.leaf());
    Receipt detached = Receipt.parse(receipt().toDetachedText(), leaf(SUBJECT));
    for (Receipt receipt : List.of(withLeaf, detached)) {
      assertEquals(
          ENTRIES,
          ReceiptVerifier.verify(receipt, leaf(SUBJECT), TestKeys.TRUST, TestKeys.NOW)
              .checkpoint()
              .size());
      assertEquals(receipt().toText(), receipt.toText());
    }
  }

  @Test
  void anotherLeafIsRefused() {
    assertEquals(LogCode.LEAF_MISMATCH, refusal(receipt(), leaf(7)));
    Receipt other = Receipt.parse(receipt().toDetachedText(), leaf(7));
    assertEquals(LogCode.INCLUSION_INVALID, refusal(other, leaf(7)));
    assertEquals(
        LogCode.LEAF_MISMATCH,
        assertThrows(AuditLogException.class, () -> Receipt.parse(receipt().toText(), leaf(7)))
            .code());
  }

  @Test
  void anotherIndexProofOrCheckpointIsRefused() {
    Receipt r = receipt();
    byte[] leaf = leaf(SUBJECT);
    for (long index : new long[] {0, 5, 7, ENTRIES, Long.MAX_VALUE}) {
      assertEquals(
          LogCode.INCLUSION_INVALID,
          refusal(new Receipt(index, leaf, r.proof(), r.checkpointNote()), leaf));
    }
    List<Hash> shorter = r.proof().subList(1, r.proof().size());
    List<Hash> longer = new ArrayList<>(r.proof());
    longer.add(r.proof().getFirst());
    for (List<Hash> proof : List.of(shorter, longer, r.proof().reversed(), List.<Hash>of())) {
      assertEquals(
          LogCode.INCLUSION_INVALID,
          refusal(new Receipt(SUBJECT, leaf, proof, r.checkpointNote()), leaf));
    }
  }

  @Test
  void anInnerNodePassedAsALeafIsRefused() {
    byte[] nodeAsLeaf = new byte[2 * Hash.BYTES];
    System.arraycopy(receipt().proof().get(0).bytes(), 0, nodeAsLeaf, 0, Hash.BYTES);
    Receipt forged =
        new Receipt(
            SUBJECT / 2,
            nodeAsLeaf,
            receipt().proof().subList(1, receipt().proof().size()),
            receipt().checkpointNote());
    assertEquals(LogCode.INCLUSION_INVALID, refusal(forged, nodeAsLeaf));
  }

  /** Whatever one character becomes, the text is refused or proves the very same thing. */
  @Test
  void noChangedTextProvesAnythingElse() {
    long seed = 4711;
    Random random = new Random(seed);
    String text = receipt().toText();
    int refused = 0;
    for (int round = 0; round < 400; round++) {
      StringBuilder changed = new StringBuilder(text);
      int at = random.nextInt(text.length());
      changed.setCharAt(at, (char) (' ' + random.nextInt(95)));
      if (changed.toString().equals(text)) {
        continue;
      }
      try {
        Receipt parsed = Receipt.parse(changed.toString());
        ReceiptVerifier.verify(parsed, leaf(SUBJECT), TestKeys.TRUST, TestKeys.NOW);
        assertEquals(SUBJECT, parsed.index(), "seed " + seed + ", round " + round);
      } catch (AuditLogException expected) {
        refused++;
      }
    }
    assertTrue(refused > 390, "refused " + refused + " of 400");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "c2sp.org/tlog-proof@v1\n\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nNOTE",
        "c2sp.org/tlog-proof@v1\nindex 0\nNOTE",
        "c2sp.org/tlog-proof@v1\nindex\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nindex 00\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nindex -1\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nindex 9223372036854775808\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nextra AAA\nindex 0\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nextra AAAA\nindex 0\n\nNOTE",
        "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 0\nAAAA\n\nNOTE",
        "c2sp.org/tlog-proof@v1\r\nindex 0\r\n\r\nNOTE",
      })
  void refusesWhatIsNotAReceipt(String form) {
    String text = form.replace("NOTE", receipt().checkpointNote());
    LogCode code = assertThrows(AuditLogException.class, () -> Receipt.parse(text)).code();
    assertEquals(LogCode.RECEIPT_MALFORMED, code);
  }

  @Test
  void isBounded() {
    String tooLong = "c2sp.org/tlog-proof@v1\n" + "A".repeat(Receipt.MAX_CHARS);
    assertThrows(AuditLogException.class, () -> Receipt.parse(tooLong));
    String hash = Hash.of(new byte[Hash.BYTES]).base64() + "\n";
    String tooManyHashes =
        "c2sp.org/tlog-proof@v1\nextra \nindex 0\n"
            + hash.repeat(MerkleProofs.MAX_HASHES + 1)
            + "\n"
            + receipt().checkpointNote();
    assertThrows(AuditLogException.class, () -> Receipt.parse(tooManyHashes));
  }
}
