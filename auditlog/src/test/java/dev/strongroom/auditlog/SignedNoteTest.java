package dev.strongroom.auditlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SignedNoteTest {
  /** The example of C2SP signed-note, section "Verifier keys". */
  private static final String EXAMPLE =
      """
      This is an example message.

      — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
      """;

  private static final VerifierKey EXAMPLE_KEY =
      VerifierKey.parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");

  @Test
  void verifiesTheExampleOfTheSpecification() {
    SignedNote note = SignedNote.parse(EXAMPLE);
    assertEquals("This is an example message.\n", note.text());
    SignedNote.NoteSignature signature = note.signatures().getFirst();
    assertTrue(signature.isBy(EXAMPLE_KEY));
    assertTrue(EXAMPLE_KEY.verifies(note.signedBytes(), signature.signature()));
    assertEquals(EXAMPLE, note.format());
  }

  @Test
  void textMayHoldEmptyLinesAndUnicode() {
    String text = "Ognuno sta solo\n\ned \u00e8 subito sera.\n";
    SignedNote note = SignedNote.parse(text + "\n\u2014 a.example/k AAAAAAA=\n");
    assertEquals(text, note.text());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n",
        "\n\n",
        "text",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        "text\n\u2014 k AAAAAAA=\n",
        "text\n\n\u2014 k AAAAAAA=",
        "text\n\n- k AAAAAAA=\n",
        "text\n\n\u2014k AAAAAAA=\n",
        "text\n\n\u2014  AAAAAAA=\n",
        "text\n\n\u2014 k+k AAAAAAA=\n",
        "text\n\n\u2014 k\u00a0k AAAAAAA=\n",
        "text\n\n\u2014 k\u2003k AAAAAAA=\n",
        "text\n\n\u2014 k AAAAAAA\n",
        "text\n\n\u2014 k AAAAAA==\n",
        "text\n\n\u2014 k AAAAAAB=\n",
        "text\n\n\u2014 k AAAA AAA=\n",
        "text\n\n\u2014 k AAAAAAA= \n",
        "text\n\n\u2014 k\n",
        "text\n\n\u2014 k AAAAAAA=\nmore\n",
        "te\txt\n\n\u2014 k AAAAAAA=\n",
        "te\rxt\n\n\u2014 k AAAAAAA=\n",
        "te\0xt\n\n\u2014 k AAAAAAA=\n",
        "te\ud800xt\n\n\u2014 k AAAAAAA=\n",
      })
  void refusesWhatIsNotANote(String note) {
    AuditLogException refused = assertThrows(AuditLogException.class, () -> SignedNote.parse(note));
    assertEquals(LogCode.NOTE_MALFORMED, refused.code());
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] note = "text\n\n\u2014 k AAAAAAA=\n".getBytes(StandardCharsets.UTF_8);
    note[0] = (byte) 0xc0;
    assertThrows(AuditLogException.class, () -> SignedNote.parse(note));
  }

  @Test
  void isBounded() {
    String line = "\u2014 k AAAAAAA=\n";
    SignedNote.parse("text\n\n" + line.repeat(SignedNote.MAX_SIGNATURES));
    String tooMany = "text\n\n" + line.repeat(SignedNote.MAX_SIGNATURES + 1);
    assertThrows(AuditLogException.class, () -> SignedNote.parse(tooMany));
    String tooLong = "t".repeat(SignedNote.MAX_CHARS) + "\n\n" + line;
    assertThrows(AuditLogException.class, () -> SignedNote.parse(tooLong));
  }
}
