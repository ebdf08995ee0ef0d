package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A log that another implementation wrote: Tessera's test data, 15 entries. */
class TesseraLogTest {
  private static final Path LOG = TestVectors.folder("tessera-log");
  private static final String ORIGIN = "example.com/log/testdata";
  private static final VerifierKey KEY =
      VerifierKey.parse(ORIGIN + "+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx");

  /** Published beside the test data: the seed behind its type byte. */
  private static final String PRIVATE_KEY = "AeymY/SZAX0jZcJ8enZ5FY1Dz+wTML2yWSkK+9DSF3eg";

  private static final LogTrust TRUST =
      new LogTrust(ORIGIN, List.of(TrustedKey.always(KEY)), SignatureRequirement.ED25519);

  private static final int SIZE = 15;

  private static String note(int size) throws IOException {
    return Files.readString(LOG.resolve("checkpoint." + size));
  }

  @Test
  void verifiesWithEveryOlderCheckpoint() throws IOException {
    List<String> older = new ArrayList<>();
    for (int size = 0; size <= SIZE; size++) {
      older.add(note(size));
    }
    LogReport report = LogVerifier.verify(LOG, TRUST, older, TestKeys.CLOCK);
    LogReport.Sound sound = assertInstanceOf(LogReport.Sound.class, report);
    assertEquals(SIZE, sound.checkpoint().size());
    assertEquals(SIZE + 1, sound.olderCheckpoints());
  }

  @Test
  void readsTheEntriesAndProvesThem() {
    LogReader reader = LogReader.open(LOG, TRUST, TestKeys.CLOCK);
    List<String> words = new ArrayList<>();
    reader.forEachEntry(0, (index, leaf) -> words.add(new String(leaf, StandardCharsets.UTF_8)));
    assertEquals(SIZE, words.size());
    assertEquals("one", words.getFirst());
    assertEquals("fivten", words.getLast());
    for (int i = 0; i < SIZE; i++) {
      byte[] leaf = words.get(i).getBytes(StandardCharsets.UTF_8);
      ReceiptVerifier.verify(reader.receiptFor(i), leaf, TRUST, Instant.EPOCH);
    }
  }

  @Test
  void provesEveryCheckpointConsistent() throws IOException {
    LogReader reader = LogReader.open(LOG, TRUST, TestKeys.CLOCK);
    for (int older = 1; older <= SIZE; older++) {
      Checkpoint known = Checkpoint.verify(note(older), TRUST, TestKeys.NOW);
      assertEquals(known.root(), reader.rootAt(older));
      for (int newer = older; newer <= SIZE; newer++) {
        MerkleProofs.verifyConsistency(
            older,
            known.root(),
            newer,
            reader.rootAt(newer),
            reader.consistencyProof(older, newer));
      }
    }
  }

  /** Ed25519 is deterministic: signing their text with their key gives their note. */
  @Test
  void signsToTheSameBytes() throws Exception {
    byte[] typed = Base64.getDecoder().decode(PRIVATE_KEY);
    byte[] prefix = HexFormat.of().parseHex("302e020100300506032b657004220420");
    byte[] pkcs8 = new byte[prefix.length + typed.length - 1];
    System.arraycopy(prefix, 0, pkcs8, 0, prefix.length);
    System.arraycopy(typed, 1, pkcs8, prefix.length, typed.length - 1);
    PrivateKey key =
        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
    SignedNote theirs = SignedNote.parse(note(SIZE));
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(key);
    signature.update(theirs.signedBytes());
    assertArrayEquals(theirs.signatures().getFirst().signature(), signature.sign());
    assertEquals(note(SIZE), theirs.format());
  }

  @Test
  void refusesAnotherOrigin() throws IOException {
    LogTrust other =
        new LogTrust(
            "example.com/other", List.of(TrustedKey.always(KEY)), SignatureRequirement.ED25519);
    String note = note(SIZE);
    AuditLogException refused =
        assertThrows(AuditLogException.class, () -> Checkpoint.verify(note, other, TestKeys.NOW));
    assertEquals(LogCode.ORIGIN_MISMATCH, refused.code());
  }
}
