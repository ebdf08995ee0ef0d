package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestVerifier;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What was published under the first format still verifies and opens, and is still made alike. */
class FrozenVersionTest {

  static byte[] resource(String name) throws IOException {
    try (InputStream in = FrozenVersionTest.class.getResourceAsStream("/frozen/v1/" + name)) {
      assertNotNull(in, name);
      return in.readAllBytes();
    }
  }

  @Test
  void stillOpens() throws IOException {
    ManifestVerifier verifier =
        new ManifestVerifier(List.of(FrozenVersion.publisher().publicKey()));
    Manifest manifest = verifier.verify(resource("manifest.dsse.json")).manifest();
    assertEquals(FrozenVersion.VERSION, manifest.modelVersion());
    Map<String, byte[]> files = FrozenVersion.files();
    assertEquals(files.size(), manifest.files().size());
    for (ManifestFile file : manifest.files()) {
      byte[] plaintext = open(manifest, file, resource(file.objectName().value()));
      assertArrayEquals(files.get(file.path().value()), plaintext, file.path().value());
      assertEquals(file.sha256(), Sha256Digest.of(plaintext));
    }
  }

  private static byte[] open(Manifest manifest, ManifestFile file, byte[] object) {
    assertEquals(file.ciphertextSize(), object.length);
    StreamHeader header = StreamHeader.parse(Arrays.copyOf(object, StreamHeader.BYTES));
    byte[] plaintext = new byte[Math.toIntExact(file.plaintextSize())];
    try (VersionKey key = SampleFile.versionKey();
        FileOpener opener =
            key.opener(
                manifest.contextOf(file), file.commitment(), header, manifest.segmentSize());
        SegmentDecrypter decrypter = opener.newDecrypter()) {
      SegmentLayout layout = manifest.layoutOf(file);
      for (int i = 0; i < layout.segmentCount(); i++) {
        decrypter.decrypt(
            i,
            object,
            Math.toIntExact(layout.ciphertextOffset(i)),
            layout.ciphertextLength(i),
            plaintext,
            Math.toIntExact(layout.plaintextOffset(i)));
      }
    }
    return plaintext;
  }

  @Test
  void isStillMadeAlike() throws IOException {
    for (Map.Entry<String, byte[]> made : FrozenVersion.make().entrySet()) {
      assertArrayEquals(resource(made.getKey()), made.getValue(), made.getKey());
    }
  }
}
