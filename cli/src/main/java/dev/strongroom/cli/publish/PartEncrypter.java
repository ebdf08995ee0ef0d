package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.weights.FileOpener;
import dev.strongroom.core.weights.FileSealer;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.SegmentDecrypter;
import dev.strongroom.core.weights.SegmentEncrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import java.security.MessageDigest;

/** Reads, compares and encrypts parts of one file. Safe for several threads. */
final class PartEncrypter {
  private final SourceReader reader;
  private final FileSealer sealer;
  private final HashedFile file;
  private final SegmentLayout layout;

  PartEncrypter(SourceReader reader, FileSealer sealer, HashedFile file) {
    this.reader = reader;
    this.sealer = sealer;
    this.file = file;
    this.layout = sealer.layout();
  }

  /**
   * Reads a part and compares it with the file as it was hashed.
   *
   * @return the digest that stands for the part in the journal
   * @throws SourceChangedException when a segment differs
   */
  Sha256Digest read(PartPlan.Part part, byte[] plaintext) {
    reader.read(part.plaintextOffset(), plaintext, part.plaintextLength());
    MessageDigest sha256 = SegmentDigests.sha256();
    int offset = 0;
    for (int i = 0; i < part.segments(); i++) {
      int segment = part.firstSegment() + i;
      if (!file.segments().matches(segment, plaintext, offset, sha256)) {
        throw new SourceChangedException(
            file.source().path(),
            "the bytes from " + layout.plaintextOffset(segment) + " on are others than before",
            null);
      }
      offset += layout.plaintextLength(segment);
    }
    return file.segments().digestOf(part.firstSegment(), part.segments());
  }

  /** Encrypts a part that was read and whose digest is on disk. */
  void encrypt(PartPlan.Part part, byte[] plaintext, byte[] ciphertext) {
    int out = 0;
    if (part.firstSegment() == 0) {
      System.arraycopy(sealer.header().bytes(), 0, ciphertext, 0, StreamHeader.BYTES);
      out = StreamHeader.BYTES;
    }
    int in = 0;
    try (SegmentEncrypter encrypter = sealer.newEncrypter()) {
      for (int i = 0; i < part.segments(); i++) {
        int segment = part.firstSegment() + i;
        int length = layout.plaintextLength(segment);
        out += encrypter.encrypt(segment, plaintext, in, length, ciphertext, out);
        in += length;
      }
    }
  }

  /**
   * Opens the last segment again, with a key derived anew as a reader does it: a fault of memory or
   * of a provider shows here, and not at the first delivery.
   *
   * @throws Problem {@link ProblemCode#CIPHERTEXT_CORRUPT} when it does not open to what was read
   */
  void checkTail(VersionKey key, KeyContext context, PartPlan.Part part, byte[] ciphertext) {
    int segment = layout.segmentCount() - 1;
    int length = layout.ciphertextLength(segment);
    byte[] opened = new byte[layout.plaintextLength(segment)];
    try (FileOpener opener =
            key.opener(context, key.commitment(context), sealer.header(), layout.segmentSize());
        SegmentDecrypter decrypter = opener.newDecrypter()) {
      decrypter.decrypt(segment, ciphertext, part.ciphertextLength() - length, length, opened, 0);
    }
    if (!file.segments().matches(segment, opened, 0, SegmentDigests.sha256())) {
      throw new Problem(
          ProblemCode.CIPHERTEXT_CORRUPT,
          "what was encrypted does not open to what was read; this machine computes wrongly");
    }
  }
}
