package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The worked bytes of docs/spec/audit-log.md are those that the code makes. */
class SpecificationTest {
  /** The first test key of RFC 8032, section 7.1. */
  private static final String RFC_8032_SEED =
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";

  private static final String RFC_8032_PUBLIC =
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

  private static final String ORIGIN = "log.example/strongroom";
  private static final List<String> LEAVES = List.of("{\"n\":1}", "{\"n\":2}", "{\"n\":3}");
  private static final long TIME = 1_772_366_400;

  private static String specification;

  @BeforeAll
  static void read() throws IOException {
    Path base = Path.of(System.getProperty("basedir", "auditlog")).toAbsolutePath();
    Path parent = base.getParent();
    assertTrue(parent != null);
    specification = Files.readString(parent.resolve("docs/spec/audit-log.md"));
  }

  /** The block that follows a marker {@code <!-- bytes: name -->}. */
  private static String block(String name) {
    Matcher block =
        Pattern.compile("<!-- bytes: " + name + " -->\n```[a-z]*\n(.*?\n)```", Pattern.DOTALL)
            .matcher(specification);
    assertTrue(block.find(), "the specification has no bytes named " + name);
    return block.group(1);
  }

  private static byte[] hex(String name) {
    return HexFormat.of().parseHex(block(name).replaceAll("\\s", ""));
  }

  private static VerifierKey key() {
    return VerifierKey.of(ORIGIN, SignatureType.ED25519, HexFormat.of().parseHex(RFC_8032_PUBLIC));
  }

  private static TreeHead head() {
    TreeHasher hasher = new TreeHasher();
    List<Hash> hashes = new ArrayList<>();
    LEAVES.forEach(leaf -> hashes.add(hasher.leaf(leaf.getBytes(StandardCharsets.UTF_8))));
    return new TreeHead(
        ORIGIN, LEAVES.size(), new BatchTree(Frontier.EMPTY, hashes, hasher).root());
  }

  @Test
  void tileAndBundle(@TempDir Path folder) throws Exception {
    try (AuditLog log = TestLog.open(folder)) {
      for (String leaf : LEAVES) {
        log.submit(index -> leaf.getBytes(StandardCharsets.UTF_8)).get();
      }
    }
    assertArrayEquals(hex("tile"), Files.readAllBytes(folder.resolve("tile/0/000.p/3")));
    assertArrayEquals(hex("bundle"), Files.readAllBytes(folder.resolve("tile/entries/000.p/3")));
    assertTrue(Files.readString(folder.resolve("checkpoint")).contains(head().root().base64()));
  }

  @Test
  void verifierKeyAndCheckpoint() throws Exception {
    assertEquals(block("vkey"), key() + "\n");
    byte[] pkcs8 = HexFormat.of().parseHex("302e020100300506032b657004220420" + RFC_8032_SEED);
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(
        KeyFactory.getInstance("Ed25519").generatePrivate(new PKCS8EncodedKeySpec(pkcs8)));
    SignedNote unsigned = new SignedNote(head().text(), List.of());
    signature.update(unsigned.signedBytes());
    SignedNote note =
        new SignedNote(
            head().text(),
            List.of(new SignedNote.NoteSignature(ORIGIN, key().keyId(), signature.sign())));
    assertEquals(block("checkpoint"), note.format());
    LogTrust trust =
        new LogTrust(ORIGIN, List.of(TrustedKey.always(key())), SignatureRequirement.ED25519);
    assertEquals(3, Checkpoint.verify(block("checkpoint"), trust, TestKeys.NOW).size());
  }

  @Test
  void cosignedMessage() {
    assertArrayEquals(hex("cosigned"), Cosignature.message(ORIGIN, TIME, head()));
  }

  @Test
  void receipt() {
    LogTrust trust =
        new LogTrust(ORIGIN, List.of(TrustedKey.always(key())), SignatureRequirement.ED25519);
    Receipt receipt = Receipt.parse(block("receipt") + block("checkpoint"));
    byte[] leaf = LEAVES.get(1).getBytes(StandardCharsets.UTF_8);
    ReceiptVerifier.verify(receipt, leaf, trust, TestKeys.NOW);
    assertEquals(1, receipt.index());
    assertEquals(block("receipt") + block("checkpoint"), receipt.toText());
  }

  @Test
  void journalRecord() {
    List<byte[]> leaves = List.of(LEAVES.get(0).getBytes(StandardCharsets.UTF_8));
    JournalRecord record = new JournalRecord(0, 1, leaves, "note\n");
    ByteBuffer bytes = ByteBuffer.allocate(record.encodedLength());
    record.encode(bytes);
    assertArrayEquals(hex("journal"), bytes.array());
  }

  @Test
  void everyCodeIsNamed() {
    for (LogCode code : LogCode.values()) {
      assertTrue(
          specification.contains("`" + code.wireName() + "`"), "not named: " + code.wireName());
    }
  }
}
