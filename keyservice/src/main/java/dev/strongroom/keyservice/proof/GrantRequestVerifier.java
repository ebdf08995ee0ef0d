package dev.strongroom.keyservice.proof;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.jose.UnverifiedJws;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.List;

/**
 * The first four steps of a grant (grant protocol, section 4.2) and of a draft: decode, origin,
 * proof, nonce. Nothing of the payload is read before its signature holds; so a body that names
 * another origin is told so only after that. Thread-safe, keeps nothing.
 */
public final class GrantRequestVerifier {
  private final String origin;
  private final NonceIssuer nonces;
  private final int maxBytes;

  /**
   * @param origin this service, as its clients are configured with it
   * @param maxBytes the largest body of a request
   */
  public GrantRequestVerifier(String origin, NonceIssuer nonces, int maxBytes) {
    this.origin = origin;
    this.nonces = nonces;
    this.maxBytes = maxBytes;
  }

  /**
   * Verifies the body of {@code POST /v1/grants}.
   *
   * @param nonceEpoch the current epoch of the store
   * @throws Problem {@link ProblemCode#TOO_LARGE} or {@link ProblemCode#MALFORMED_REQUEST} when it
   *     cannot be decoded, {@link ProblemCode#TOKEN_MALFORMED} when its token is too long, {@link
   *     ProblemCode#PROOF_INVALID} when signature, token hash or evidence digests do not match,
   *     {@link ProblemCode#UNSUPPORTED_ALGORITHM}, {@link ProblemCode#ORIGIN_MISMATCH}, {@link
   *     ProblemCode#NONCE_INVALID}, {@link ProblemCode#NONCE_EXPIRED}
   */
  public VerifiedGrantRequest verifyGrant(byte[] json, long nonceEpoch) {
    GrantRequest request = CanonicalJson.parse(json, GrantRequest.class, maxBytes);
    Signed<GrantBody> signed =
        signed(request.request(), MessageType.GRANT_REQUEST, GrantBody.class);
    GrantBody body = signed.body();
    requireOrigin(body.origin());
    requireToken(request.identityToken(), body.tokenHash());
    requireEvidence(request.evidence(), body.evidenceDigests());
    return new VerifiedGrantRequest(
        body,
        signed.jkt(),
        nonces.check(body.nonce(), nonceEpoch),
        request.identityToken(),
        request.evidence());
  }

  /**
   * Verifies the body of {@code POST /v1/drafts}.
   *
   * @throws Problem as {@link #verifyGrant}
   */
  public VerifiedDraftRequest verifyDraft(byte[] json, long nonceEpoch) {
    DraftRequest request = CanonicalJson.parse(json, DraftRequest.class, maxBytes);
    Signed<DraftBody> signed =
        signed(request.request(), MessageType.DRAFT_REQUEST, DraftBody.class);
    DraftBody body = signed.body();
    requireOrigin(body.origin());
    requireToken(request.identityToken(), body.tokenHash());
    return new VerifiedDraftRequest(
        body, signed.jkt(), nonces.check(body.nonce(), nonceEpoch), request.identityToken());
  }

  private record Signed<T>(T body, String jkt) {}

  private static <T> Signed<T> signed(String text, String type, Class<T> bodyType) {
    UnverifiedJws jws =
        UnverifiedJws.parse(
            text, type, GrantRequest.MAX_REQUEST_CHARS, ProblemCode.MALFORMED_REQUEST);
    if (jws.keyId() != null) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "a proof carries its key (jwk) and names none (kid)");
    }
    PublicKey key = jws.headerKey();
    byte[] payload = jws.verify(key, ProblemCode.PROOF_INVALID);
    T body = CanonicalJson.parseCanonical(payload, bodyType, GrantRequest.MAX_REQUEST_CHARS);
    return new Signed<>(body, PublicKeys.thumbprint(key));
  }

  private void requireOrigin(String named) {
    if (!origin.equals(named)) {
      throw new Problem(
          ProblemCode.ORIGIN_MISMATCH,
          "the request is for another key service; configure the client for " + origin);
    }
  }

  private static void requireToken(String token, Sha256Digest named) {
    if (token.length() > GrantRequest.MAX_TOKEN_CHARS) {
      throw new Problem(
          ProblemCode.TOKEN_MALFORMED,
          "the identity token is longer than " + GrantRequest.MAX_TOKEN_CHARS + " characters");
    }
    if (!Sha256Digest.of(token.getBytes(StandardCharsets.UTF_8)).equals(named)) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "the identity token is not the one that the proof names");
    }
  }

  private static void requireEvidence(List<Evidence> evidence, List<Sha256Digest> named) {
    if (!evidence.stream().map(Evidence::digest).toList().equals(named)) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "the evidence is not the list that the proof names");
    }
  }
}
