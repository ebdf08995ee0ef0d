package dev.strongroom.auditlog;

import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;

/** The hashes of RFC 6962, section 2.1. One instance per thread: it keeps its digest. */
final class TreeHasher {
  /** The root of the empty tree: SHA-256 of nothing. */
  static final Hash EMPTY_ROOT = Hash.owning(sha256().digest());

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private final MessageDigest digest = sha256();

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  Hash leaf(byte[] leaf) {
    return leaf(leaf, 0, leaf.length);
  }

  Hash leaf(byte[] source, int offset, int length) {
    digest.update(LEAF);
    digest.update(source, offset, length);
    return finish();
  }

  Hash node(Hash left, Hash right) {
    digest.update(NODE);
    digest.update(left.raw());
    digest.update(right.raw());
    return finish();
  }

  /** The root over hashes of equal, complete subtrees; none of them is the empty tree. */
  Hash root(List<Hash> hashes) {
    Frontier frontier = Frontier.EMPTY;
    return new BatchTree(frontier, hashes, this).root();
  }

  private Hash finish() {
    byte[] result = new byte[Hash.BYTES];
    try {
      digest.digest(result, 0, result.length);
    } catch (DigestException impossible) {
      throw new IllegalStateException("SHA-256 has 32 bytes", impossible);
    }
    return Hash.owning(result);
  }
}
