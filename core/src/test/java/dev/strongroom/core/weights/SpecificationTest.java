package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.manifest.PublisherKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.junit.jupiter.api.Test;

/** The worked bytes of the specification are those of the frozen version. */
class SpecificationTest {
  private static final Path SPECIFICATION = Path.of("..", "docs", "spec", "weight-format.md");
  private static final Pattern WORKED =
      Pattern.compile("(?m)^([a-z][a-z -]*[a-z])\\s*= ([0-9a-f ]+)$");

  @Test
  void workedBytesAreRight() throws Exception {
    Map<String, String> expected = new TreeMap<>();
    computed().forEach((name, bytes) -> expected.put(name, HexFormat.of().formatHex(bytes)));
    assertEquals(expected, written());
  }

  private static Map<String, String> written() throws IOException {
    String text = Files.readString(SPECIFICATION).replaceAll("\n {4,}(?=[0-9a-f])", "");
    Map<String, String> found = new TreeMap<>();
    Matcher line = WORKED.matcher(text);
    while (line.find()) {
      found.put(line.group(1), line.group(2).replace(" ", ""));
    }
    return found;
  }

  private static Map<String, byte[]> computed() throws Exception {
    SampleFile file = FrozenVersion.sample(2, "onnx/model.bin", 12_388);
    byte[] object = FrozenVersionTest.resource("000000000000000000000000000000f2");
    byte[] payload =
        DsseEnvelope.parse(FrozenVersionTest.resource("manifest.dsse.json"), 1 << 20).payload();
    PublisherKey publisher = FrozenVersion.publisher();
    KDF hkdf = KDF.getInstance("HKDF-SHA256");
    byte[] fileKey =
        hkdf.deriveData(
            HKDFParameterSpec.ofExtract()
                .addIKM(SampleFile.streamKey())
                .addSalt(file.header().salt())
                .thenExpand(file.context().digest(), 32));
    Map<String, byte[]> bytes = new TreeMap<>();
    bytes.put("data key", SampleFile.dataKeyBytes());
    bytes.put("stream label", CanonicalEncoding.of("strongroom/v1/stream").bytes());
    bytes.put("stream key", SampleFile.streamKey());
    bytes.put("context", file.context().bytes());
    bytes.put("context digest", file.context().digest());
    bytes.put("commitment", file.commitment().bytes());
    bytes.put("header", Arrays.copyOf(object, StreamHeader.BYTES));
    bytes.put("file key", fileKey);
    bytes.put("first ciphertext", Arrays.copyOfRange(object, 40, 56));
    bytes.put("last tag", Arrays.copyOfRange(object, object.length - 16, object.length));
    bytes.put("manifest digest", ManifestDigest.of(payload).bytes());
    bytes.put("publisher key id", publisher.keyId().bytes());
    return bytes;
  }
}
