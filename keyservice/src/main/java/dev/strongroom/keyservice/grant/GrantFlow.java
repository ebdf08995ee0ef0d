package dev.strongroom.keyservice.grant;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.event.PodPosture;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealedKey;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.catalog.Catalog;
import dev.strongroom.keyservice.catalog.Catalog.PublishedVersion;
import dev.strongroom.keyservice.evidence.Appraiser;
import dev.strongroom.keyservice.evidence.Appraiser.Appraisal;
import dev.strongroom.keyservice.identity.Identities;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.Presented;
import dev.strongroom.keyservice.kms.DataKeys;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.ledger.Ledger.Committed;
import dev.strongroom.keyservice.policy.ClusterView;
import dev.strongroom.keyservice.policy.Decision;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.posture.Clusters;
import dev.strongroom.keyservice.proof.GrantRequestVerifier;
import dev.strongroom.keyservice.proof.VerifiedGrantRequest;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The main corridor: from a request to a grant (grant protocol, section 4.2). Cheap before costly,
 * authentication before anything that writes; what leaves is in the log before it leaves.
 */
public final class GrantFlow {
  private static final int POLICY_ATTEMPTS = 3;

  private final GrantRequestVerifier requests;
  private final Identities identities;
  private final RequestLimits limits;
  private final Appraiser appraiser;
  private final Clusters clusters;
  private final Supplier<Policy> policy;
  private final Catalog catalog;
  private final DataKeys dataKeys;
  private final GrantWriter writer;
  private final Ledger ledger;
  private final Denials denials;
  private final InstantSource clock;

  public GrantFlow(
      GrantRequestVerifier requests,
      Identities identities,
      RequestLimits limits,
      Appraiser appraiser,
      Clusters clusters,
      Supplier<Policy> policy,
      Catalog catalog,
      DataKeys dataKeys,
      GrantWriter writer,
      Ledger ledger,
      Denials denials,
      InstantSource clock) {
    this.requests = requests;
    this.identities = identities;
    this.limits = limits;
    this.appraiser = appraiser;
    this.clusters = clusters;
    this.policy = policy;
    this.catalog = catalog;
    this.dataKeys = dataKeys;
    this.writer = writer;
    this.ledger = ledger;
    this.denials = denials;
    this.clock = clock;
  }

  /**
   * Answers one request.
   *
   * @param message the body of {@code POST /v1/grants}
   * @param certificates the client certificate of the connection and its chain; empty for none
   */
  public GrantOutcome grant(
      byte[] message, String peerAddress, List<X509Certificate> certificates) {
    Asked asked;
    try {
      VerifiedGrantRequest request = requests.verifyGrant(message, ledger.view().nonceEpoch());
      Identity identity =
          identities.identify(
              new Presented(
                  request.identityToken(), certificates, request.body().certificateHash()));
      PodBinding.require(identity, request.body().podUid());
      asked = new Asked(request, identity, peerAddress, clock.instant());
    } catch (Problem e) {
      return denials.beforeAuthentication(e);
    }
    try {
      return limits.within(asked.identity(), () -> decide(asked));
    } catch (Problem e) {
      return denials.afterAuthentication(asked, policy.get().digest(), e);
    }
  }

  /** Decides again when the policy changed between decision and record. */
  private GrantOutcome decide(Asked asked) {
    ClusterView cluster = clusters.view(asked.identity(), asked.body().target());
    for (int attempt = 1; ; attempt++) {
      try {
        Appraisal evidence =
            appraiser.appraise(
                asked.request().evidence(),
                asked.body().binding(asked.request().jkt()),
                asked.now());
        return switch (policy.get().decide(asked.accessRequest(evidence, cluster))) {
          case Decision.Allowed allowed ->
              limits.withinModel(
                  asked.body().model(), () -> release(asked, evidence, pod(cluster), allowed));
          case Decision.Refused refused -> denials.byPolicy(asked, refused);
        };
      } catch (Problem e) {
        if (e.code() != ProblemCode.POLICY_CHANGED || attempt == POLICY_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static @Nullable PodPosture pod(@Nullable ClusterView cluster) {
    return cluster == null ? null : cluster.pod();
  }

  private GrantOutcome release(
      Asked asked, Appraisal evidence, @Nullable PodPosture pod, Decision.Allowed allowed) {
    // The ordering point asks the same again; a refusal known now must not cost the key backend.
    ledger.requireGrantable(asked.holding(evidence, pod), asked.request().nonce().hash());
    PublishedVersion version = catalog.published(asked.body().target());
    SignedGrant grant = writer.sign(asked, evidence, allowed, version);
    SealedKey sealedKey;
    DataKeys.Opened opened = open(version);
    try (SecretBytes dataKey = opened.key()) {
      sealedKey = writer.seal(asked, grant, dataKey);
    }
    List<ObjectUrl> urls = writer.urls(version);
    LogEvent.GrantIssued issued =
        writer.event(asked, evidence, pod, grant, sealedKey, opened.source());
    Committed<LogEvent.GrantIssued> entry = ledger.commit(view -> issued);
    return new GrantOutcome.Granted(writer.answer(grant, sealedKey, urls, version, entry));
  }

  private DataKeys.Opened open(PublishedVersion version) {
    return dataKeys.open(
        version.wrappedKey(),
        new WrapContext(version.target(), version.dataKeyId(), version.manifestDigest()));
  }
}
