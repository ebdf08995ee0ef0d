package dev.strongroom.keyservice.http;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.manifest.ManifestCodec;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.grant.RequestLimits;
import dev.strongroom.keyservice.identity.Identities;
import dev.strongroom.keyservice.identity.Identity;
import dev.strongroom.keyservice.identity.Presented;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.proof.GrantRequestVerifier;
import dev.strongroom.keyservice.proof.ProvenCaller;
import dev.strongroom.keyservice.proof.VerifiedDraftRequest;
import dev.strongroom.keyservice.publish.DraftSummary;
import dev.strongroom.keyservice.publish.PublishFlow;
import io.vertx.core.http.HttpMethod;
import java.time.Duration;
import java.util.List;

/** How a version comes to be (grant protocol, sections 5 and 8). */
public final class DraftRoutes {
  private static final int MAX_BODY = 16_384;
  private static final int MAX_OPENING = 65_536;

  /** 10,000 parts with ETags of the length that storages give. */
  private static final int MAX_PARTS = 4 << 20;

  /** The largest envelope of a manifest in base64url, and the members around it. */
  static final int MAX_FINALISE = Math.ceilDiv(ManifestCodec.MAX_ENVELOPE_BYTES, 3) * 4 + 1_024;

  /** Some storages copy when they put the parts of a large object together. */
  private static final Duration LONG = Duration.ofMinutes(6);

  private final Callers callers;
  private final GrantRequestVerifier requests;
  private final Identities identities;
  private final RequestLimits limits;
  private final Ledger ledger;
  private final PublishFlow flow;
  private final DenialSummary denials;

  public DraftRoutes(
      Callers callers,
      GrantRequestVerifier requests,
      Identities identities,
      RequestLimits limits,
      Ledger ledger,
      PublishFlow flow,
      DenialSummary denials) {
    this.callers = callers;
    this.requests = requests;
    this.identities = identities;
    this.limits = limits;
    this.ledger = ledger;
    this.flow = flow;
    this.denials = denials;
  }

  public List<Route> routes() {
    return List.of(
        Route.withBody(HttpMethod.POST, "/v1/drafts", MAX_OPENING, this::open),
        Route.of(HttpMethod.GET, "/v1/drafts", callers.proven(this::list)),
        Route.of(HttpMethod.DELETE, "/v1/drafts/{draft}", callers.proven(this::abandon)),
        post("/v1/drafts/{draft}/objects", MAX_BODY, this::begin),
        post("/v1/drafts/{draft}/objects/{object}/parts", MAX_BODY, this::parts),
        large("/v1/drafts/{draft}/objects/{object}/complete", MAX_PARTS, this::complete),
        Route.of(
            HttpMethod.DELETE,
            "/v1/drafts/{draft}/objects/{object}",
            callers.proven(this::abandonObject)),
        large("/v1/drafts/{draft}/finalise", MAX_FINALISE, this::finalise));
  }

  private Route post(String template, int maxBody, Callers.Proven endpoint) {
    return Route.withBody(HttpMethod.POST, template, maxBody, callers.proven(endpoint));
  }

  // Memory for large bodies is for the writers of drafts: an identity alone is easily had.
  private Route large(String template, int maxBody, Callers.Proven endpoint) {
    Endpoint guarded =
        callers.proven((head, caller) -> flow.requireWriter(caller, draft(head)), endpoint);
    return Route.withBody(HttpMethod.POST, template, maxBody, guarded).within(LONG);
  }

  private Answer open(Call call) {
    VerifiedDraftRequest request;
    Identity identity;
    try {
      request = requests.verifyDraft(call.body(), ledger.view().nonceEpoch());
      identity =
          identities.identify(
              new Presented(
                  request.identityToken(), call.certificates(), request.body().certificateHash()));
    } catch (Problem e) {
      denials.count(e.code());
      throw e;
    }
    return Answer.json(
        limits.within(identity, () -> flow.open(request, identity, call.peerAddress())));
  }

  private static DraftId draft(Call call) {
    return new DraftId(call.parameter("draft"));
  }

  private Answer list(Call call, ProvenCaller caller) {
    return Answer.json(new Drafts(flow.drafts(caller, call.peerAddress())));
  }

  private Answer abandon(Call call, ProvenCaller caller) {
    flow.abandonDraft(caller, draft(call), call.peerAddress());
    return Answer.empty();
  }

  private Answer begin(Call call, ProvenCaller caller) {
    return Answer.json(flow.beginObject(caller, draft(call), call.body(Upload.Begin.class)));
  }

  private Answer parts(Call call, ProvenCaller caller) {
    return Answer.json(
        flow.partUrls(
            caller, draft(call), call.parameter("object"), call.body(Upload.PartsWanted.class)));
  }

  private Answer complete(Call call, ProvenCaller caller) {
    return Answer.json(
        flow.completeObject(
            caller, draft(call), call.parameter("object"), call.body(Upload.Complete.class)));
  }

  private Answer abandonObject(Call call, ProvenCaller caller) {
    flow.abandonObject(caller, draft(call), call.parameter("object"));
    return Answer.empty();
  }

  private Answer finalise(Call call, ProvenCaller caller) {
    return Answer.json(
        flow.finalise(caller, draft(call), call.body(Upload.Finalise.class), call.peerAddress()));
  }

  /** Answer to the list: those that the caller may publish, oldest first. */
  public record Drafts(List<DraftSummary> drafts) {
    public Drafts {
      drafts = List.copyOf(drafts);
    }
  }
}
