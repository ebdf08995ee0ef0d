package dev.strongroom.delivery.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ObjectName;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.core.weights.FileSealer;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.SegmentEncrypter;
import dev.strongroom.core.weights.SegmentLayout;
import dev.strongroom.core.weights.StreamHeader;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.TargetDirectory;
import dev.strongroom.delivery.place.Region;
import dev.strongroom.delivery.progress.Progress;
import dev.strongroom.delivery.source.ObjectRange;
import dev.strongroom.delivery.source.RangeSource;
import dev.strongroom.delivery.source.RangeStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three gigabytes go through a process with a heap of 64 MiB. */
class ConstantHeapTest {
  private static final long SIZE = 3L << 30;

  @Test
  @Timeout(300)
  void aModelFarLargerThanTheHeapIsDelivered() throws Exception {
    Process child =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Child.class.getName())
            .redirectErrorStream(true)
            .redirectInput(new File("/dev/null"))
            .start();
    String output =
        new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    child.waitFor(10, TimeUnit.SECONDS);
    assertEquals("delivered " + SIZE, output.lines().reduce("", (first, second) -> second));
    assertEquals(0, child.exitValue());
  }

  /** The process with the small heap. */
  static final class Child {
    private Child() {}

    public static void main(String[] arguments) throws Exception {
      CryptoProviders.install();
      SecureRandom random = new SecureRandom();
      KeyContext context =
          new KeyContext(ModelVersion.parse("acme/big:1"), new WeightPath("model.bin"), 0, SIZE);
      SegmentLayout layout = new SegmentLayout(SIZE, SegmentLayout.DEFAULT_SEGMENT_SIZE);
      StreamHeader header = StreamHeader.random(random);
      try (SecretBytes dataKey = SecretBytes.random(VersionKey.BYTES, random);
          VersionKey key = VersionKey.of(dataKey);
          FileSealer sealer = key.sealer(context, header, layout.segmentSize());
          TargetDirectory target = new TargetDirectory();
          Region region = target.open()) {
        Manifest manifest =
            Manifest.of(
                context.version(),
                DataKeyId.random(random),
                layout.segmentSize(),
                Instant.EPOCH,
                List.of(
                    new ManifestFile(
                        0,
                        context.path(),
                        0444,
                        SIZE,
                        layout.ciphertextSize(),
                        ObjectName.random(random),
                        key.commitment(context),
                        Sha256Digest.of(new byte[0]))),
                null);
        new ModelDelivery(2, ModelDelivery.PART_BYTES, Verification.TAGS, Progress.none())
            .deliver(manifest, key, new SealingSource(sealer), region);
        System.out.println("delivered " + Files.size(target.model().resolve("model.bin")));
        region.wipe(dev.strongroom.delivery.place.WipeManner.TRUNCATE);
      }
    }
  }

  /** Encrypts zeros as they are asked for, so that no object of this size need exist. */
  private record SealingSource(FileSealer sealer) implements RangeSource {
    @Override
    public RangeStream open(ObjectRange range) {
      SegmentEncrypter encrypter = sealer.newEncrypter();
      SegmentLayout layout = sealer.layout();
      byte[] zeros = new byte[layout.segmentSize()];
      return new RangeStream() {
        private long position = range.offset();

        @Override
        public void readFully(byte[] into, int at, int length) {
          if (position == 0) {
            System.arraycopy(sealer.header().bytes(), 0, into, at, StreamHeader.BYTES);
            position += StreamHeader.BYTES;
            if (length == StreamHeader.BYTES) {
              return;
            }
          }
          int segment = (int) (position / layout.segmentSize());
          position +=
              encrypter.encrypt(segment, zeros, 0, layout.plaintextLength(segment), into, at);
        }

        @Override
        public void close() {
          encrypter.close();
        }
      };
    }
  }
}
