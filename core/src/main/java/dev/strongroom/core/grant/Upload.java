package dev.strongroom.core.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Require;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The messages with which a publisher uploads the objects of a draft. */
public final class Upload {
  private Upload() {}

  /**
   * Body of {@code POST /v1/drafts/ID/objects}: begins one object.
   *
   * @param fence the writer's fence
   * @param size bytes of ciphertext
   */
  public record Begin(long fence, long size) {
    public Begin {
      Require.that(size > 0, "an object has at least one byte");
    }
  }

  /**
   * Answer to {@link Begin}.
   *
   * @param objectName 32 lower-case hexadecimal digits, chosen by the service, never used twice
   * @param partSize bytes of each part but the last: a multiple of the segment size, large enough
   *     for at most 10,000 parts
   * @param partCount the number of parts, 1 to 10,000
   */
  public record Begun(String objectName, long partSize, int partCount) {
    public Begun {
      Require.present(objectName, "objectName");
      Require.that(partSize > 0 && partCount > 0 && partCount <= 10_000, "parts are out of range");
    }
  }

  /**
   * Body of {@code POST /v1/drafts/ID/objects/NAME/parts}: asks for presigned PUTs.
   *
   * @param fence the writer's fence
   * @param first the first part, from 1
   * @param count how many parts, 1 to 100
   */
  public record PartsWanted(long fence, int first, int count) {
    public PartsWanted {
      Require.that(
          first >= 1 && count >= 1 && count <= 100 && first + count - 1 <= 10_000,
          "parts are numbered from 1 to 10000; ask for at most 100 at once");
    }
  }

  /** Answer to {@link PartsWanted}. */
  public record PartUrls(List<PartUrl> parts) {
    public PartUrls {
      parts = List.copyOf(Require.present(parts, "parts"));
    }
  }

  /**
   * A presigned PUT for one part; a secret for as long as it lives.
   *
   * @param number from 1
   * @param headers the headers that are signed and must be sent
   */
  public record PartUrl(int number, String url, Map<String, String> headers) {
    public PartUrl {
      Require.present(url, "url");
      headers = Map.copyOf(Require.present(headers, "headers"));
    }

    @Override
    public String toString() {
      return "PartUrl[" + number + "]";
    }
  }

  /**
   * Body of {@code POST /v1/drafts/ID/objects/NAME/complete}.
   *
   * @param parts what the storage answered for each part, in order
   */
  public record Complete(long fence, List<Part> parts) {
    public Complete {
      parts = List.copyOf(Require.present(parts, "parts"));
      Require.that(!parts.isEmpty() && parts.size() <= 10_000, "there are 1 to 10000 parts");
    }
  }

  /** One uploaded part. */
  public record Part(int number, String etag) {
    public Part {
      Require.present(etag, "etag");
      Require.that(number >= 1 && number <= 10_000, "parts are numbered from 1 to 10000");
      Require.that(
          etag.matches("[\\x21-\\x7e]{1,256}"), "an ETag is 1 to 256 printable characters");
    }
  }

  /** Answer to {@link Complete}: what the storage holds now. */
  public record Completed(String etag, long size) {
    public Completed {
      Require.present(etag, "etag");
    }
  }

  /**
   * Body of {@code POST /v1/drafts/ID/finalise}.
   *
   * @param manifest the bytes of the DSSE envelope
   */
  public record Finalise(long fence, dev.strongroom.core.id.Blob manifest) {
    public Finalise {
      Require.present(manifest, "manifest");
    }
  }

  /**
   * Answer to {@link Finalise}: the version exists from here on and never changes.
   *
   * @param leaf the log entry of the publication
   * @param receipt proof that the leaf is in the log
   */
  public record Published(
      Sha256Digest manifestDigest, dev.strongroom.core.id.Blob leaf, String receipt) {
    public Published {
      Require.present(manifestDigest, "manifestDigest");
      Require.present(leaf, "leaf");
      Require.present(receipt, "receipt");
    }
  }

  /** One object of a draft as the service knows it; {@code etag} is null while it is not whole. */
  public record ObjectState(String objectName, long size, @Nullable String etag) {
    public ObjectState {
      Require.present(objectName, "objectName");
    }
  }
}
