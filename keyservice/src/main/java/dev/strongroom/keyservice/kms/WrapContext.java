package dev.strongroom.keyservice.kms;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import org.jspecify.annotations.Nullable;

/**
 * What a wrapped data key is for. It is bound into the wrapping, so that a row swapped in the store
 * does not unwrap.
 *
 * @param target the model version
 * @param dataKeyId the data key
 * @param manifestDigest the signed manifest; null while the version is a draft
 */
public record WrapContext(
    ModelVersion target, DataKeyId dataKeyId, @Nullable Sha256Digest manifestDigest) {

  /** The canonical bytes: the associated data of the wrapping. */
  public byte[] bytes() {
    return CanonicalEncoding.of("strongroom/v1/wrap-context")
        .text(target.model().value())
        .text(target.version().value())
        .text(dataKeyId.value())
        .text(manifestDigest == null ? "draft" : "published")
        .raw(manifestDigest == null ? new byte[0] : manifestDigest.bytes())
        .bytes();
  }
}
