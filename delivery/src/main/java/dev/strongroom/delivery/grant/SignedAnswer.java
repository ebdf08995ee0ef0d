package dev.strongroom.delivery.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.trust.TrustBundle;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The first two checks of an answer that brings a data key: who signed it, and what it answers. */
final class SignedAnswer {
  private SignedAnswer() {}

  /**
   * What is bound into request and answer alike.
   *
   * @param jkt thumbprint of the proof key
   */
  record Terms(
      String origin,
      ModelName model,
      VersionId version,
      String jkt,
      SealSuite suite,
      Sha256Digest sealKeyHash,
      Sha256Digest nonceHash) {}

  /**
   * The content of a compact JWS that a pinned key has signed which is valid now.
   *
   * @throws Problem {@link ProblemCode#GRANT_SIGNATURE_INVALID}
   */
  static <T> T read(String compact, String type, Class<T> kind, TrustBundle trust, Instant now) {
    UnverifiedJws jws =
        UnverifiedJws.parse(compact, type, Grant.MAX_CHARS, ProblemCode.GRANT_SIGNATURE_INVALID);
    byte[] payload =
        jws.verify(trust.grantKey(jws.keyId(), now), ProblemCode.GRANT_SIGNATURE_INVALID);
    return CanonicalJson.parse(payload, kind, Grant.MAX_CHARS);
  }

  /** What the log's entry calls it by. */
  static Sha256Digest hash(String compact) {
    return Sha256Digest.of(compact.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Refuses an answer to another request than was sent.
   *
   * @throws Problem {@link ProblemCode#GRANT_MISMATCH}
   */
  static void requireAnswers(TrustBundle trust, Terms sent, Terms given) {
    refuse("origin", trust.origin(), sent.origin());
    refuse("origin", sent.origin(), given.origin());
    refuse("model", sent.model(), given.model());
    refuse("version", sent.version(), given.version());
    refuse("proof key", sent.jkt(), given.jkt());
    refuse("suite", sent.suite(), given.suite());
    refuse("seal key", sent.sealKeyHash(), given.sealKeyHash());
    refuse("nonce", sent.nonceHash(), given.nonceHash());
  }

  static void refuse(String field, @Nullable Object sent, @Nullable Object given) {
    if (!Objects.equals(sent, given)) {
      throw new Problem(
          ProblemCode.GRANT_MISMATCH,
          "the answer is signed, but for another " + field + " than was asked for");
    }
  }
}
