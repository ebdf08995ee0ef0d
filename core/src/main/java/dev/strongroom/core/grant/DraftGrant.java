package dev.strongroom.core.grant;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.seal.SealSuite;
import java.nio.charset.StandardCharsets;

/**
 * The right to write one draft: the payload of a {@code strongroom-draft-grant+jwt} signed by the
 * key service.
 *
 * @param format {@value #FORMAT}
 * @param iss the origin of the key service
 * @param draft the draft
 * @param fence grows with each writer; calls under an older fence are refused
 * @param dataKeyId the data key that is sealed beside this grant
 * @param cnf whose proof key may write
 * @param segmentSize ciphertext bytes of a segment
 * @param iat seconds since the epoch
 */
public record DraftGrant(
    String format,
    String iss,
    DraftId draft,
    long fence,
    ModelName model,
    VersionId version,
    DataKeyId dataKeyId,
    Grant.Confirmation cnf,
    SealSuite suite,
    Sha256Digest sealKeyHash,
    Sha256Digest nonceHash,
    String subject,
    int segmentSize,
    long iat) {
  public static final String FORMAT = "strongroom-draft-grant/v1";

  public DraftGrant {
    FormatCheck.check(format, FORMAT);
    Require.present(iss, "iss");
    Require.present(draft, "draft");
    Require.that(fence > 0, "a fence begins at 1");
    Require.present(model, "model");
    Require.present(version, "version");
    Require.present(dataKeyId, "dataKeyId");
    Require.present(cnf, "cnf");
    Require.present(suite, "suite");
    Require.present(sealKeyHash, "sealKeyHash");
    Require.present(nonceHash, "nonceHash");
    Require.present(subject, "subject");
  }

  public ModelVersion target() {
    return new ModelVersion(model, version);
  }

  /** The HPKE {@code info} of the sealed key. */
  public static byte[] sealInfo(String signedDraftGrant) {
    return CanonicalEncoding.of("strongroom/v1/draft-grant")
        .raw(Sha256Digest.of(signedDraftGrant.getBytes(StandardCharsets.US_ASCII)).bytes())
        .bytes();
  }

  /** The HPKE {@code aad} of the sealed key. */
  public byte[] sealContext() {
    return CanonicalEncoding.of("strongroom/v1/sealed-draft-key")
        .text(model.value())
        .text(version.value())
        .text(dataKeyId.value())
        .text(draft.value())
        .number(fence)
        .bytes();
  }
}
