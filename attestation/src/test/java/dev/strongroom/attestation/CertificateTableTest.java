package dev.strongroom.attestation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class CertificateTableTest {
  private static final String VCEK = "63da758de6644564adc5f4b93be8accd";
  private static final String ARK = "c0b406a4a803495297433fb6014cd0ae";
  private static final String UNKNOWN = "ecae0c0f950243b1afa20ae2e0d565b6";

  private final byte[] leaf = vector("snp/trustee/test-vcek.der");

  private static byte[] vector(String name) {
    try (InputStream in = CertificateTableTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** GUIDs and contents in turn, and a page's padding. */
  private static byte[] table(Object... entries) {
    ByteBuffer table = ByteBuffer.allocate(4096 * 2).order(ByteOrder.LITTLE_ENDIAN);
    int offset = 24 * (entries.length / 2 + 1);
    for (int i = 0; i < entries.length; i += 2) {
      byte[] content = (byte[]) entries[i + 1];
      table.put(HexFormat.of().parseHex((String) entries[i]));
      table.putInt(offset).putInt(content.length);
      table.put(offset, content);
      offset += content.length;
    }
    return table.array();
  }

  private static void assertRefused(byte[] table) {
    assertEquals(
        AttestationCode.ENDORSEMENT_MALFORMED,
        assertThrows(AttestationException.class, () -> Endorsements.parse(List.of(table))).code());
  }

  @Test
  void certificatesAreFoundInDerAndPem() {
    byte[] pem =
        ("-----BEGIN CERTIFICATE-----\n"
                + Base64.getMimeEncoder().encodeToString(leaf)
                + "\n-----END CERTIFICATE-----\n")
            .getBytes(StandardCharsets.US_ASCII);
    Endorsements endorsements =
        Endorsements.parse(List.of(table(VCEK, leaf, ARK, pem, UNKNOWN, new byte[] {1, 2, 3, 4})));
    assertEquals(2, endorsements.certificates().size());
    assertEquals(endorsements.certificates().getFirst(), endorsements.certificates().getLast());
  }

  @Test
  void anEntryThatIsNoCertificateIsRefused() {
    assertRefused(table(VCEK, new byte[] {1, 2, 3, 4}));
    byte[] within = Arrays.copyOf(table(VCEK, leaf), 48 + leaf.length);
    assertRefused(table(VCEK, within));
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] table = table(VCEK, leaf);
    for (int size = 1; size < 48 + leaf.length; size++) {
      assertRefused(Arrays.copyOf(table, size));
    }
  }

  @Test
  void anEntryBehindTheEndIsRefused() {
    for (int field : List.of(16, 20)) {
      for (int value : List.of(8192, 1 << 24, -1, Integer.MIN_VALUE)) {
        byte[] table = table(VCEK, leaf);
        ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN).putInt(field, value);
        assertRefused(table);
      }
    }
  }

  @Test
  void aTableThatDoesNotCloseIsRefused() {
    byte[] table = table(VCEK, leaf);
    for (int offset = 24; offset < table.length - 24; offset += 24) {
      System.arraycopy(table, 0, table, offset, 24);
    }
    assertRefused(table);
  }
}
