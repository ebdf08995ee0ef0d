package dev.strongroom.attestation;

import dev.strongroom.attestation.bytes.ByteReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * What the host of a SEV-SNP guest gives along with an extended report (AMD publication 56421, GHCB
 * standardization, SNP Extended Guest Request): entries of a GUID, an offset and a length, closed
 * by one of zeros, and the certificates behind them. The kernel hands it on as {@code auxblob}.
 * Nothing vouches for it.
 */
final class CertificateTable {
  private static final int GUID_SIZE = 16;
  private static final int ENTRY_SIZE = GUID_SIZE + 4 + 4;
  private static final int MAX_ENTRIES = 32;

  /** VCEK, VLEK, ASK or ASVK, ARK, and the revocation list. */
  private static final Set<Bytes> KNOWN =
      Set.of(
          Bytes.ofHex("63da758de6644564adc5f4b93be8accd"),
          Bytes.ofHex("a8074bc2a25a483eaae639c045a0b8a1"),
          Bytes.ofHex("4ab7b379bbac4fe4a02f05aef327c782"),
          Bytes.ofHex("c0b406a4a803495297433fb6014cd0ae"),
          Bytes.ofHex("92f81bc358114d3d97ffd19f88dc67ea"));

  private CertificateTable() {}

  /** Whether a file begins as a table does. */
  static boolean isOne(byte[] file) {
    return file.length >= ENTRY_SIZE && KNOWN.contains(Bytes.of(Arrays.copyOf(file, GUID_SIZE)));
  }

  /**
   * The certificates and lists of a table. Entries whose GUID is not known here are the host's own
   * business; so is what stands between the certificates and behind them.
   *
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED} when it does not
   *     close, or an entry is not within it
   */
  static List<byte[]> contents(byte[] file) {
    ByteReader reader = ByteReader.littleEndian(file, "certificate table");
    List<byte[]> contents = new ArrayList<>();
    for (int entries = 0; entries <= MAX_ENTRIES; entries++) {
      if (reader.remaining() < ENTRY_SIZE) {
        throw malformed("does not close");
      }
      Bytes guid = reader.bytes(GUID_SIZE, "GUID");
      long offset = reader.u32("offset");
      long length = reader.u32("length");
      if (guid.isZero() && offset == 0 && length == 0) {
        return contents;
      }
      if (offset > file.length || length > file.length - offset) {
        throw malformed("has an entry that ends behind its end");
      }
      if (KNOWN.contains(guid)) {
        contents.add(Arrays.copyOfRange(file, (int) offset, (int) (offset + length)));
      }
    }
    throw malformed("has more than " + MAX_ENTRIES + " entries");
  }

  private static AttestationException malformed(String what) {
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MALFORMED, "a certificate table " + what);
  }
}
