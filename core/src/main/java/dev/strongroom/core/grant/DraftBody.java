package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.seal.SealSuite;
import org.jspecify.annotations.Nullable;

/**
 * What a publisher asks for and signs with its proof key: the payload of a {@code
 * strongroom-draft-request+jwt}. Opens a draft, or resumes the open draft of this version: then the
 * same data key is sealed again, to the new key, and writers before this one are fenced off.
 *
 * @param format {@value #FORMAT}
 * @param origin the origin that the caller believes it talks to
 * @param nonce from {@code POST /v1/nonces}, single use
 * @param sealKey the raw public key to seal to
 * @param tokenHash SHA-256 over the identity token that is sent beside
 * @param certificateHash as in {@link GrantBody}
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DraftBody(
    String format,
    String origin,
    ModelName model,
    VersionId version,
    String nonce,
    SealSuite suite,
    Blob sealKey,
    Sha256Digest tokenHash,
    @Nullable Sha256Digest certificateHash) {
  public static final String FORMAT = "strongroom-draft-request/v1";

  public DraftBody {
    FormatCheck.check(format, FORMAT);
    Require.present(origin, "origin");
    Require.present(model, "model");
    Require.present(version, "version");
    Nonce.checkForm(nonce);
    Require.present(suite, "suite");
    Require.present(sealKey, "sealKey");
    Require.present(tokenHash, "tokenHash");
    if (sealKey.bytes().length != suite.publicKeyBytes()) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM, "the seal key does not have the length of its suite");
    }
  }

  /** What is asked for over a connection without a client certificate. */
  public DraftBody(
      String format,
      String origin,
      ModelName model,
      VersionId version,
      String nonce,
      SealSuite suite,
      Blob sealKey,
      Sha256Digest tokenHash) {
    this(format, origin, model, version, nonce, suite, sealKey, tokenHash, null);
  }

  public ModelVersion target() {
    return new ModelVersion(model, version);
  }
}
