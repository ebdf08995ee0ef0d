package dev.strongroom.auditlog;

/**
 * The state of a log in three values: what a checkpoint says before anybody signs it.
 *
 * @param size the number of entries
 * @param root the root hash of the tree over them (RFC 6962, section 2.1)
 */
record TreeHead(String origin, long size, Hash root) {
  private static final int LINES = 3;

  /** The text of the note (C2SP tlog-checkpoint). */
  String text() {
    return origin + "\n" + size + "\n" + root.base64() + "\n";
  }

  /**
   * Reads the text of a note. Extension lines are refused: an ML-DSA-44 cosignature does not cover
   * them, and this log writes none.
   */
  static TreeHead parse(String text) {
    String[] lines = text.substring(0, text.length() - 1).split("\n", -1);
    if (lines.length != LINES) {
      throw malformed("it does not have the three lines origin, size, root");
    }
    if (!Encodings.isKeyName(lines[0])) {
      throw malformed("the origin is empty or holds a space, a plus sign or a control character");
    }
    long size =
        Encodings.decimal(lines[1])
            .orElseThrow(() -> malformed("the size is not a decimal number below 2^63"));
    Hash root =
        Encodings.base64(lines[2])
            .filter(bytes -> bytes.length == Hash.BYTES)
            .map(Hash::owning)
            .orElseThrow(() -> malformed("the root is not base64 of 32 bytes"));
    if (size == 0 && !root.equals(TreeHasher.EMPTY_ROOT)) {
      throw malformed("the size is 0 but the root is not that of the empty tree");
    }
    return new TreeHead(lines[0], size, root);
  }

  private static AuditLogException malformed(String why) {
    return new AuditLogException(
        LogCode.CHECKPOINT_MALFORMED, "this is not a checkpoint: " + why + "; fetch it again");
  }
}
