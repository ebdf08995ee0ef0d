package dev.strongroom.cli.publish;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.weights.FileOpener;
import dev.strongroom.core.weights.SegmentDecrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** A scripted service, a model to publish, and what must hold whatever happened. */
final class PublishFixture implements AutoCloseable {
  /** Three parts for a file of 20,000 bytes. */
  static final long PART_SIZE = 2L * ScriptedService.SEGMENT;

  final ScriptedService service;
  final Path files;
  final Path source;
  final Path state;
  final List<PublishEvent> events = Collections.synchronizedList(new ArrayList<>());

  PublishFixture(Path folder) throws IOException, GeneralSecurityException {
    service = new ScriptedService(folder.resolve("service"), PART_SIZE);
    PublisherKey key = PublisherKey.generate(SignatureAlgorithm.EDDSA);
    service.trustPublisher(key);
    files = folder.resolve("files");
    Publisher.writeFiles(files, service.trust(), service.certificate(), key);
    source = folder.resolve("model");
    state = folder.resolve("state");
    write("config.json", 100, 1);
    write("empty", 0, 2);
    write("weights/model.bin", 20_000, 3);
  }

  void write(String path, int size, long seed) throws IOException {
    byte[] content = new byte[size];
    new Random(seed).nextBytes(content);
    Path file = source.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  PublishOptions options() {
    return new PublishOptions(
        source, Publisher.TARGET, state, 2, 4, 4, 1 << 20, Optional.empty(), Optional.empty());
  }

  Publication publish() {
    return publish(options());
  }

  Publication publish(PublishOptions options) {
    return Publisher.run(files, options, events::add);
  }

  /** Each part that ever left had one ciphertext, and no header served two objects. */
  void assertNoNonceMetTwoPlaintexts() {
    Map<String, String> headers = new HashMap<>();
    service
        .objects()
        .forEach((name, object) -> {
          object.arrivals.forEach((part, bodies) ->
              bodies.forEach(body ->
                  assertArrayEquals(
                      bodies.getFirst(), body, "part " + part + " of " + name + " left twice")));
          if (object.arrivals.containsKey(1)) {
            byte[] first = object.arrivals.get(1).getFirst();
            String header = Arrays.toString(Arrays.copyOf(first, StreamHeader.BYTES));
            String other = headers.put(header, name);
            assertTrue(other == null, () -> other + " and " + name + " have one header");
          }
        });
  }

  /** What is in storage opens to what is in the source. */
  void assertPublished(Manifest manifest) throws IOException {
    assertEquals(3, manifest.files().size());
    try (VersionKey key = VersionKey.of(service.dataKey())) {
      for (ManifestFile file : manifest.files()) {
        byte[] expected = Files.readAllBytes(source.resolve(file.path().value()));
        byte[] plaintext = decrypt(key, manifest, file);
        assertArrayEquals(expected, plaintext, file.path().value());
        assertEquals(Sha256Digest.of(expected), file.sha256());
      }
    }
  }

  private byte[] decrypt(VersionKey key, Manifest manifest, ManifestFile file) {
    byte[] object = service.content(file.objectName());
    StreamHeader header = StreamHeader.parse(Arrays.copyOf(object, StreamHeader.BYTES));
    SegmentLayout layout = manifest.layoutOf(file);
    byte[] plaintext = new byte[Math.toIntExact(file.plaintextSize())];
    try (FileOpener opener =
            key.opener(
                manifest.contextOf(file), file.commitment(), header, manifest.segmentSize());
        SegmentDecrypter decrypter = opener.newDecrypter()) {
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

  <T extends PublishEvent> List<T> events(Class<T> type) {
    synchronized (events) {
      return events.stream().filter(type::isInstance).map(type::cast).toList();
    }
  }

  @Override
  public void close() {
    service.close();
  }
}
