package dev.strongroom.auditlog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/**
 * A C2SP signed note: text, an empty line, signature lines. Parsing verifies nothing.
 *
 * @param text the signed text, with its final newline
 */
record SignedNote(String text, List<NoteSignature> signatures) {
  /** The longest note that is read; a checkpoint of ours has about 3,600 characters. */
  static final int MAX_CHARS = 65_536;

  static final int MAX_SIGNATURES = 32;

  private static final String LINE_START = "\u2014 ";
  private static final int KEY_ID_BYTES = 4;

  SignedNote {
    signatures = List.copyOf(signatures);
  }

  /** One signature line. */
  static final class NoteSignature {
    private final String name;
    private final int keyId;
    private final byte[] signature;

    NoteSignature(String name, int keyId, byte[] signature) {
      this.name = name;
      this.keyId = keyId;
      this.signature = signature;
    }

    byte[] signature() {
      return signature;
    }

    boolean isBy(VerifierKey key) {
      return keyId == key.keyId() && name.equals(key.name());
    }

    String line() {
      byte[] idAndSignature =
          ByteBuffer.allocate(KEY_ID_BYTES + signature.length).putInt(keyId).put(signature).array();
      return LINE_START + name + " " + Base64.getEncoder().encodeToString(idAndSignature) + "\n";
    }
  }

  static SignedNote parse(byte[] note) {
    if (note.length > 4 * MAX_CHARS) {
      throw malformed("it is longer than " + MAX_CHARS + " characters");
    }
    return parse(Encodings.utf8(note).orElseThrow(() -> malformed("it is not UTF-8")));
  }

  static SignedNote parse(String note) {
    if (note.length() > MAX_CHARS) {
      throw malformed("it is longer than " + MAX_CHARS + " characters");
    }
    if (Encodings.utf8(note).isEmpty()) {
      throw malformed("it is not Unicode text");
    }
    if (note.chars().anyMatch(c -> c < 0x20 && c != '\n')) {
      throw malformed("it holds a control character");
    }
    int separator = note.lastIndexOf("\n\n");
    if (separator < 0 || !note.endsWith("\n") || separator + 2 >= note.length()) {
      throw malformed("text and signatures are not parted by an empty line");
    }
    String[] lines = note.substring(separator + 2, note.length() - 1).split("\n", -1);
    if (lines.length > MAX_SIGNATURES) {
      throw malformed("it has more than " + MAX_SIGNATURES + " signatures");
    }
    List<NoteSignature> signatures = new ArrayList<>(lines.length);
    for (String line : lines) {
      signatures.add(parseLine(line));
    }
    return new SignedNote(note.substring(0, separator + 1), signatures);
  }

  private static NoteSignature parseLine(String line) {
    if (!line.startsWith(LINE_START)) {
      throw malformed("a signature line does not start with an em dash and a space");
    }
    int space = line.indexOf(' ', LINE_START.length());
    if (space < 0) {
      throw malformed("a signature line lacks its signature");
    }
    String name = line.substring(LINE_START.length(), space);
    if (!Encodings.isKeyName(name)) {
      throw malformed("a key name is empty or holds a space or plus sign");
    }
    byte[] bytes =
        Encodings.base64(line.substring(space + 1))
            .filter(b -> b.length > KEY_ID_BYTES)
            .orElseThrow(() -> malformed("a signature is not base64 of an id and a signature"));
    return new NoteSignature(
        name,
        ByteBuffer.wrap(bytes).getInt(),
        Arrays.copyOfRange(bytes, KEY_ID_BYTES, bytes.length));
  }

  byte[] signedBytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  String format() {
    StringBuilder note = new StringBuilder(text).append('\n');
    signatures.forEach(signature -> note.append(signature.line()));
    return note.toString();
  }

  private static AuditLogException malformed(String why) {
    return new AuditLogException(
        LogCode.NOTE_MALFORMED, "this is not a signed note: " + why + "; fetch it again");
  }
}
