package dev.strongroom.delivery.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.LongSupplier;

/** Asks for a grant: nonce, fresh keys, request, verification. */
public final class GrantFlow {
  private final KeyServiceClient service;
  private final GrantVerification verification;
  private final RetryLimits limits;
  private final Timing timing;
  private final LongSupplier leaseClock;

  /**
   * @param limits for all attempts together
   * @param leaseClock nanoseconds on a clock that counts suspension
   */
  public GrantFlow(
      KeyServiceClient service,
      GrantVerification verification,
      RetryLimits limits,
      Timing timing,
      LongSupplier leaseClock) {
    this.service = service;
    this.verification = verification;
    this.limits = limits;
    this.timing = timing;
    this.leaseClock = leaseClock;
  }

  /**
   * Asks until there is an answer. Each attempt has a nonce and keys of its own, because an answer
   * that got lost has used them up.
   *
   * @throws Problem what the service answers, and what {@link GrantVerification} refuses
   */
  public HeldGrant ask(GrantWish wish) {
    Retry retry = new Retry(limits, timing);
    while (true) {
      try {
        return attempt(wish);
      } catch (Problem e) {
        if (e.code().category() != ProblemCode.Category.RETRY) {
          throw e;
        }
        retry.pauseOrThrow(e);
      }
    }
  }

  private HeldGrant attempt(GrantWish wish) {
    Nonce nonce = service.nonce();
    String token = service.token();
    try (GrantKeys keys = GrantKeys.generate(wish.suite())) {
      GrantBody body = body(wish, nonce, token, keys);
      String request =
          keys.proofKey().signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(body));
      long sentAt = leaseClock.getAsLong();
      GrantResponse answer = service.grant(new GrantRequest(request, token, List.of()));
      VerifiedGrant verified = verification.verify(answer, body, keys);
      return new HeldGrant(verified, keys.proofKey(), sentAt);
    }
  }

  private GrantBody body(GrantWish wish, Nonce nonce, String token, GrantKeys keys) {
    return new GrantBody(
        GrantBody.FORMAT,
        service.origin(),
        wish.target().model(),
        wish.target().version(),
        nonce.nonce(),
        wish.suite(),
        Blob.of(keys.sealKey().publicKey()),
        Sha256Digest.of(token.getBytes(StandardCharsets.US_ASCII)),
        List.of(),
        wish.podUid(),
        wish.mode(),
        wish.onExpiry(),
        wish.leaseSeconds());
  }
}
