package dev.strongroom.cli.publish;

import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.cli.connect.ServiceConnection;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftResponse;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealKeyPair;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.core.weights.VersionKey;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Drafts of a key service, over its protocol ({@code docs/spec/grant-protocol.md}, section 8). */
public final class ServiceDrafts implements DraftService {
  private final ServiceConnection connection;
  private final TrustBundle trust;
  private final LogTrust logTrust;
  private final SealSuite suite;
  private final InstantSource clock;
  private final ServiceRetry retry;

  /**
   * @param trust the pinned keys; its origin must be that of the connection
   * @param suite how the data key is to be sealed
   * @throws Problem {@link ProblemCode#ORIGIN_MISMATCH} when bundle and connection differ
   */
  public ServiceDrafts(
      ServiceConnection connection,
      TrustBundle trust,
      LogTrust logTrust,
      SealSuite suite,
      InstantSource clock,
      Pause pause) {
    if (!trust.origin().equals(connection.origin().toString())) {
      throw new Problem(
          ProblemCode.ORIGIN_MISMATCH,
          "the trust bundle is for " + trust.origin() + ", the connection to "
              + connection.origin() + "; use the bundle of this service");
    }
    this.connection = connection;
    this.trust = trust;
    this.logTrust = logTrust;
    this.suite = suite;
    this.clock = clock;
    this.retry = new ServiceRetry(pause);
  }

  // A nonce is good for one request: whoever asks again asks for a new one.
  @Override
  public OpenDraft open(ModelVersion target) {
    return retry.run(() -> openOnce(target));
  }

  private OpenDraft openOnce(ModelVersion target) {
    Nonce nonce = connection.post("/v1/nonces", null, Nonce.class);
    SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);
    try (DraftOpening opening =
        new DraftOpening(
            trust, logTrust, clock, target, nonce, proofKey, SealKeyPair.generate(suite))) {
      DraftResponse response =
          connection.post(
              "/v1/drafts", opening.request(connection.token()), DraftResponse.class);
      return new ServiceDraft(opening.open(response), proofKey);
    }
  }

  @Override
  public Optional<Blob> publishedManifest(ModelVersion target) {
    SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);
    String path = "/v1/models/" + target.model() + "/versions/" + target.version();
    try {
      byte[] answer = retry.run(() -> connection.callForBytes("GET", path, null, proofKey));
      return Optional.of(PublishedVersionAnswer.manifest(answer));
    } catch (Problem e) {
      if (e.code() == ProblemCode.VERSION_UNKNOWN
          || e.code() == ProblemCode.VERSION_NOT_PUBLISHED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** The draft under one fence. */
  private final class ServiceDraft implements OpenDraft {
    private final DraftGrant grant;
    private final VersionKey key;
    private final SigningKey proofKey;
    private final String path;

    ServiceDraft(DraftOpening.Opened opened, SigningKey proofKey) {
      this.grant = opened.grant();
      this.key = opened.key();
      this.proofKey = proofKey;
      this.path = "/v1/drafts/" + grant.draft();
    }

    @Override
    public DraftGrant grant() {
      return grant;
    }

    @Override
    public VersionKey key() {
      return key;
    }

    @Override
    public Upload.Begun begin(long size) {
      Upload.Begin begin = new Upload.Begin(grant.fence(), size);
      return once("/objects", begin, Upload.Begun.class);
    }

    @Override
    public List<Upload.PartUrl> partUrls(String objectName, int first, int count) {
      Upload.PartsWanted wanted = new Upload.PartsWanted(grant.fence(), first, count);
      return post("/objects/" + objectName + "/parts", wanted, Upload.PartUrls.class).parts();
    }

    @Override
    public Upload.Completed complete(String objectName, List<Upload.Part> parts) {
      Upload.Complete complete = new Upload.Complete(grant.fence(), parts);
      return post("/objects/" + objectName + "/complete", complete, Upload.Completed.class);
    }

    @Override
    public void abandon(String objectName) {
      call(() ->
          connection.callForBytes(
              "DELETE", path + "/objects/" + objectName, null, proofKey));
    }

    @Override
    public Upload.Published finalise(byte[] envelope) {
      Upload.Finalise finalise = new Upload.Finalise(grant.fence(), Blob.of(envelope));
      return once("/finalise", finalise, Upload.Published.class);
    }

    // What was asked may have been done although no answer came: not to be asked again blindly.
    private <T> T once(String below, Object body, Class<T> answer) {
      return retry.runUnlessSent(
          () -> connection.call("POST", path + below, body, proofKey, answer));
    }

    private <T> T post(String below, Object body, Class<T> answer) {
      return call(() -> connection.call("POST", path + below, body, proofKey, answer));
    }

    private <T> T call(Supplier<T> request) {
      return retry.run(request);
    }

    @Override
    public void close() {
      key.close();
    }
  }
}
