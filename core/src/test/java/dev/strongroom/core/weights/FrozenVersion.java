package dev.strongroom.core.weights;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestSigner;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.path.WeightPath;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One small published version in which nothing is random: fixed data key, headers, object names and
 * publisher's key. Its bytes are kept under {@code src/test/resources/frozen/v1} and must open for
 * as long as the format exists.
 */
final class FrozenVersion {
  static final int SEGMENT_SIZE = 4096;
  static final ModelVersion VERSION = ModelVersion.parse("acme/chat:3");

  private FrozenVersion() {}

  static Map<String, byte[]> files() {
    byte[] model = new byte[3 * SEGMENT_SIZE + 100];
    for (int i = 0; i < model.length; i++) {
      model[i] = (byte) (i * 7 + i / 256);
    }
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("config.json", "{\"layers\":2}\n".getBytes(StandardCharsets.US_ASCII));
    files.put("empty.bin", new byte[0]);
    files.put("onnx/model.bin", model);
    return files;
  }

  /** The bytes of every object and of the envelope, by the names of their files. */
  static Map<String, byte[]> make() throws IOException {
    Map<String, byte[]> made = new LinkedHashMap<>();
    List<ManifestFile> listed = new ArrayList<>();
    for (Map.Entry<String, byte[]> file : files().entrySet()) {
      int index = listed.size();
      SampleFile sample = sample(index, file.getKey(), file.getValue().length);
      byte[] object = sample.encrypt(file.getValue());
      ObjectName name = new ObjectName(String.format("%032x", 0xF0 + index));
      made.put(name.value(), object);
      listed.add(
          new ManifestFile(
              index,
              new WeightPath(file.getKey()),
              index == 2 ? 0555 : 0444,
              file.getValue().length,
              object.length,
              name,
              sample.commitment(),
              Sha256Digest.of(file.getValue())));
    }
    Manifest manifest =
        Manifest.of(
            VERSION,
            new DataKeyId("dk-000102030405060708090a0b0c0d0e0f"),
            SEGMENT_SIZE,
            Instant.parse("2026-01-01T00:00:00Z"),
            listed,
            null);
    made.put("manifest.dsse.json", new ManifestSigner(publisher()).sign(manifest).toJson());
    return made;
  }

  static SampleFile sample(int index, String path, long size) {
    byte[] header = new byte[StreamHeader.BYTES];
    for (int i = 0; i < header.length; i++) {
      header[i] = (byte) (i + index * StreamHeader.BYTES);
    }
    header[0] = StreamHeader.BYTES;
    KeyContext context = new KeyContext(VERSION, new WeightPath(path), index, size);
    return new SampleFile(context, StreamHeader.parse(header), SEGMENT_SIZE);
  }

  /** The key pair of RFC 8032, section 7.1, test 1. */
  static PublisherKey publisher() throws IOException {
    Path file =
        Files.createTempFile(
            "publisher",
            ".pem",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(
          file,
          """
          -----BEGIN PRIVATE KEY-----
          MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
          -----END PRIVATE KEY-----
          """);
      return PublisherKey.read(file);
    } finally {
      Files.delete(file);
    }
  }

  /** Writes the files into a directory: only for a new version of the format. */
  public static void main(String[] args) throws IOException {
    Path directory = Files.createDirectories(Path.of(args[0]));
    for (Map.Entry<String, byte[]> file : make().entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue());
    }
  }
}
