package dev.strongroom.delivery.grant;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.GrantBody;
import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.grant.GrantResponse;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.delivery.attest.Attester;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Asks for a grant: fresh keys, nonce, request, verification. For one thread. */
public final class GrantFlow {
  private final KeyServiceClient service;
  private @Nullable CompletableFuture<Nonce> firstNonce;
  private final Attester attester;
  private final GrantVerification verification;
  private final RetryLimits limits;
  private final Timing timing;
  private final LongSupplier leaseClock;

  /**
   * @param firstNonce a nonce that is being fetched already, for the first attempt
   * @param attester what vouches for the machine, anew for each attempt
   * @param limits for all attempts together
   * @param leaseClock nanoseconds on a clock that counts suspension
   */
  public GrantFlow(
      KeyServiceClient service,
      CompletableFuture<Nonce> firstNonce,
      Attester attester,
      GrantVerification verification,
      RetryLimits limits,
      Timing timing,
      LongSupplier leaseClock) {
    this.service = service;
    this.firstNonce = firstNonce;
    this.attester = attester;
    this.verification = verification;
    this.limits = limits;
    this.timing = timing;
    this.leaseClock = leaseClock;
  }

  /**
   * Asks until there is an answer. Each attempt has a nonce and keys of its own, because an answer
   * that got lost has used them up.
   *
   * @throws Problem what the service answers, what {@link GrantVerification} refuses, and what
   *     keeps evidence from being collected
   */
  public HeldGrant ask(GrantWish wish) {
    return ask(wish, trouble -> {});
  }

  /**
   * The same, telling of each answer after which it asks again.
   *
   * @throws Problem as {@link #ask(GrantWish)}
   */
  public HeldGrant ask(GrantWish wish, Consumer<Problem> trouble) {
    Retry retry = new Retry(limits, timing);
    while (true) {
      try {
        return attempt(wish);
      } catch (Problem e) {
        if (e.code().category() != ProblemCode.Category.RETRY) {
          throw e;
        }
        trouble.accept(e);
        retry.pauseOrThrow(e);
      }
    }
  }

  private HeldGrant attempt(GrantWish wish) {
    try (GrantKeys keys = GrantKeys.generate(wish.suite())) {
      Nonce nonce = nonce();
      KeyServiceClient.Credentials credentials = service.credentials();
      GrantBody unattested = body(wish, nonce, credentials, keys);
      List<Evidence> evidence = attester.collect(unattested.binding(keys.proofKey().thumbprint()));
      GrantBody body = unattested.with(evidence);
      String request =
          keys.proofKey().signWithKey(MessageType.GRANT_REQUEST, CanonicalJson.writeRecord(body));
      long sentAt = leaseClock.getAsLong();
      GrantResponse answer =
          service.grant(new GrantRequest(request, credentials.token(), evidence), credentials);
      VerifiedGrant verified = verification.verify(answer, body, keys);
      return new HeldGrant(verified, keys.proofKey(), sentAt);
    }
  }

  private Nonce nonce() {
    CompletableFuture<Nonce> prepared = firstNonce;
    firstNonce = null;
    if (prepared == null) {
      return service.nonce();
    }
    try {
      return prepared.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Problem problem) {
        throw problem;
      }
      throw new Problem(ProblemCode.INTERNAL, "asking for a nonce failed: " + e.getCause(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Problem(ProblemCode.SERVICE_UNREACHABLE, "asking for a nonce was interrupted", e);
    }
  }

  private GrantBody body(
      GrantWish wish, Nonce nonce, KeyServiceClient.Credentials credentials, GrantKeys keys) {
    return new GrantBody(
        GrantBody.FORMAT,
        service.origin(),
        wish.target().model(),
        wish.target().version(),
        nonce.nonce(),
        wish.suite(),
        Blob.of(keys.sealKey().publicKey()),
        Sha256Digest.of(credentials.token().getBytes(StandardCharsets.US_ASCII)),
        List.of(),
        wish.podUid(),
        wish.mode(),
        wish.onExpiry(),
        wish.leaseSeconds(),
        credentials.certificate());
  }
}
