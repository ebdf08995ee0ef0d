package dev.strongroom.auditlog;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Proof, checkable offline, that a leaf stands in the log: the leaf, its index, the path to the
 * root and the signed checkpoint that names the root. Its text form is a C2SP tlog-proof whose
 * {@code extra} line holds the leaf. A receipt by itself proves nothing: see {@link
 * ReceiptVerifier}.
 */
public final class Receipt {
  /** The longest text form that is read, in characters. */
  public static final int MAX_CHARS = 192 * 1024;

  private static final String FORM = "c2sp.org/tlog-proof@v1";
  private static final String EXTRA = "extra ";
  private static final String INDEX = "index ";

  private final long index;
  private final byte[] leaf;
  private final List<Hash> proof;
  private final String checkpointNote;

  Receipt(long index, byte[] leaf, List<Hash> proof, String checkpointNote) {
    this.index = index;
    this.leaf = leaf;
    this.proof = List.copyOf(proof);
    this.checkpointNote = checkpointNote;
  }

  /** The place of the leaf in the log, from 0. */
  public long index() {
    return index;
  }

  /** A copy of the leaf. */
  public byte[] leaf() {
    return leaf.clone();
  }

  byte[] rawLeaf() {
    return leaf;
  }

  /** From the leaf's sibling up to a child of the root. */
  public List<Hash> proof() {
    return proof;
  }

  /** The signed note, not verified. */
  public String checkpointNote() {
    return checkpointNote;
  }

  /** The C2SP tlog-proof text, with the leaf in its {@code extra} line. */
  public String toText() {
    return text(EXTRA + Base64.getEncoder().encodeToString(leaf) + "\n");
  }

  /** The C2SP tlog-proof text without the leaf, for who has it already. */
  public String toDetachedText() {
    return text("");
  }

  private String text(String extraLine) {
    StringBuilder text = new StringBuilder(FORM).append('\n').append(extraLine);
    text.append(INDEX).append(index).append('\n');
    proof.forEach(hash -> text.append(hash.base64()).append('\n'));
    return text.append('\n').append(checkpointNote).toString();
  }

  /**
   * Reads a text form that carries its leaf.
   *
   * @throws AuditLogException {@code receipt-malformed}, {@code note-malformed}
   */
  public static Receipt parse(String text) {
    return new Parser(text).receipt(Optional.empty());
  }

  /**
   * Reads a text form, with or without the leaf.
   *
   * @param leaf the leaf as the caller knows it
   * @throws AuditLogException {@code receipt-malformed}, {@code note-malformed}, {@code
   *     leaf-mismatch} if the text carries another leaf
   */
  public static Receipt parse(String text, byte[] leaf) {
    return new Parser(text).receipt(Optional.of(leaf.clone()));
  }

  private static final class Parser {
    private final String[] lines;
    private final String note;
    private int next;

    Parser(String text) {
      if (text.length() > MAX_CHARS) {
        throw malformed("it is longer than " + MAX_CHARS + " characters");
      }
      int separator = text.indexOf("\n\n");
      if (separator < 0) {
        throw malformed("no empty line parts the proof from the checkpoint");
      }
      lines = text.substring(0, separator).split("\n", -1);
      note = text.substring(separator + 2);
    }

    Receipt receipt(Optional<byte[]> known) {
      if (!line().equals(FORM)) {
        throw malformed("the first line is not " + FORM);
      }
      Optional<byte[]> carried = extra();
      byte[] leaf = leaf(known, carried);
      long index = index();
      List<Hash> proof = hashes();
      SignedNote.parse(note);
      return new Receipt(index, leaf, proof, note);
    }

    private static byte[] leaf(Optional<byte[]> known, Optional<byte[]> carried) {
      if (known.isPresent() && carried.isPresent() && !Arrays.equals(known.get(), carried.get())) {
        throw new AuditLogException(
            LogCode.LEAF_MISMATCH, "the receipt carries another leaf than the one expected");
      }
      byte[] leaf =
          known
              .or(() -> carried)
              .orElseThrow(() -> malformed("it carries no leaf: give the leaf beside it"));
      if (leaf.length > Entry.MAX_LEAF_BYTES) {
        throw malformed("the leaf is longer than " + Entry.MAX_LEAF_BYTES + " bytes");
      }
      return leaf;
    }

    private String line() {
      return next < lines.length ? lines[next++] : "";
    }

    private Optional<byte[]> extra() {
      if (next >= lines.length || !lines[next].startsWith(EXTRA)) {
        return Optional.empty();
      }
      byte[] leaf =
          Encodings.base64(line().substring(EXTRA.length()))
              .orElseThrow(() -> malformed("the extra line is not base64"));
      return Optional.of(leaf);
    }

    private long index() {
      String line = line();
      OptionalLong index =
          line.startsWith(INDEX)
              ? Encodings.decimal(line.substring(INDEX.length()))
              : OptionalLong.empty();
      return index.orElseThrow(() -> malformed("there is no index line"));
    }

    private List<Hash> hashes() {
      if (lines.length - next > MerkleProofs.MAX_HASHES) {
        throw malformed("the proof has more than " + MerkleProofs.MAX_HASHES + " hashes");
      }
      List<Hash> hashes = new ArrayList<>();
      while (next < lines.length) {
        hashes.add(
            Encodings.base64(line())
                .filter(bytes -> bytes.length == Hash.BYTES)
                .map(Hash::owning)
                .orElseThrow(() -> malformed("a line of the proof is not base64 of 32 bytes")));
      }
      return hashes;
    }

    private static AuditLogException malformed(String why) {
      return new AuditLogException(
          LogCode.RECEIPT_MALFORMED, "this is not a receipt: " + why + "; ask for it again");
    }
  }
}
