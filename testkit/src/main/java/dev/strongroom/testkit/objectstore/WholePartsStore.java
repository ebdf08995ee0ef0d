package dev.strongroom.testkit.objectstore;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jclouds.blobstore.BlobStore;
import org.jclouds.blobstore.domain.MultipartPart;
import org.jclouds.blobstore.domain.MultipartUpload;
import org.jclouds.blobstore.util.ForwardingBlobStore;
import org.jclouds.io.Payload;
import org.jclouds.io.Payloads;

/**
 * Hands a part on only once it has arrived whole. S3Proxy's directory backend writes a part beside
 * its final name while it arrives, leaves that file when the sender breaks off, and from then on
 * fails every completion of this upload, because it lists the leftover as a part.
 */
final class WholePartsStore extends ForwardingBlobStore {
  private final Path arriving;

  /**
   * @param arriving an existing folder outside the store's directory
   */
  WholePartsStore(BlobStore store, Path arriving) {
    super(store);
    this.arriving = arriving;
  }

  @Override
  public MultipartPart uploadMultipartPart(MultipartUpload upload, int number, Payload payload) {
    try {
      Path part = Files.createTempFile(arriving, "part-", "");
      try {
        Long announced = payload.getContentMetadata().getContentLength();
        long arrived = receive(payload, part);
        if (announced != null && arrived != announced) {
          throw new IOException("a part ended after " + arrived + " of " + announced + " bytes");
        }
        Payload whole = Payloads.newFilePayload(part.toFile());
        whole.setContentMetadata(payload.getContentMetadata());
        return super.uploadMultipartPart(upload, number, whole);
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static long receive(Payload payload, Path part) throws IOException {
    try (InputStream in = payload.openStream();
        OutputStream out = Files.newOutputStream(part)) {
      return in.transferTo(out);
    }
  }
}
