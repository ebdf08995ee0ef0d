package dev.strongroom.cli.publish;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DraftBody;
import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.DraftRequest;
import dev.strongroom.core.grant.MessageType;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.core.weights.VersionKey;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.grant.DraftVerification;
import dev.strongroom.delivery.grant.GrantKeys;
import dev.strongroom.delivery.grant.VerifiedDraft;
import dev.strongroom.delivery.retry.Retry;
import dev.strongroom.delivery.retry.RetryLimits;
import dev.strongroom.delivery.retry.Timing;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/** Drafts of a key service, over its protocol ({@code docs/spec/grant-protocol.md}, section 8). */
public final class ServiceDrafts implements DraftService {
  private static final RetryLimits PATIENCE = RetryLimits.within(Duration.ofMinutes(1));

  private final KeyServiceClient client;
  private final DraftVerification verification;
  private final SealSuite suite;
  private final Timing timing;

  /**
   * @param verification with the trust bundle of this service
   * @param suite how the data key is to be sealed
   */
  public ServiceDrafts(
      KeyServiceClient client, DraftVerification verification, SealSuite suite, Timing timing) {
    this.client = client;
    this.verification = verification;
    this.suite = suite;
    this.timing = timing;
  }

  // A nonce is good for one request: whoever asks again asks with another one, and other keys.
  @Override
  public OpenDraft open(ModelVersion target) {
    Retry retry = new Retry(PATIENCE, timing);
    while (true) {
      try {
        return openOnce(target);
      } catch (Problem e) {
        // Whether anybody answers has been tried patiently by then.
        boolean helps = e.code().category() == ProblemCode.Category.RETRY;
        if (!helps || e.code() == ProblemCode.SERVICE_UNREACHABLE) {
          throw e;
        }
        retry.pauseOrThrow(e);
      }
    }
  }

  private OpenDraft openOnce(ModelVersion target) {
    Nonce nonce = client.nonce();
    try (GrantKeys keys = GrantKeys.generate(suite)) {
      String token = client.credentials().token();
      DraftBody body =
          new DraftBody(
              DraftBody.FORMAT,
              client.origin(),
              target.model(),
              target.version(),
              nonce.nonce(),
              suite,
              Blob.of(keys.sealKey().publicKey()),
              Sha256Digest.of(token.getBytes(StandardCharsets.US_ASCII)));
      String request =
          keys.proofKey().signWithKey(MessageType.DRAFT_REQUEST, CanonicalJson.writeRecord(body));
      try (VerifiedDraft draft =
          verification.verify(client.draft(new DraftRequest(request, token)), body, keys)) {
        return new ServiceDraft(draft.grant(), VersionKey.of(draft.dataKey()), keys.proofKey());
      }
    }
  }

  @Override
  public Upload.Published publication(ModelVersion target) {
    SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);
    String path = pathOf(target) + "/receipt";
    return patiently(() -> client.call(proofKey, "GET", path, null, Upload.Published.class));
  }

  private static String pathOf(ModelVersion target) {
    return "/v1/models/" + target.model() + "/versions/" + target.version();
  }

  @Override
  public Optional<Blob> publishedManifest(ModelVersion target) {
    SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);
    String path = pathOf(target);
    try {
      JsonNode manifest = client.call(proofKey, "GET", path, null, JsonNode.class).path("manifest");
      return Optional.of(new Blob(manifest.asText("")));
    } catch (Problem e) {
      if (e.code() == ProblemCode.VERSION_UNKNOWN
          || e.code() == ProblemCode.VERSION_NOT_PUBLISHED) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** For requests that may be repeated although the first one may have arrived. */
  private <T> T patiently(Supplier<T> request) {
    Retry retry = new Retry(PATIENCE, timing);
    while (true) {
      try {
        return request.get();
      } catch (Problem e) {
        if (e.code().category() != ProblemCode.Category.RETRY) {
          throw e;
        }
        retry.pauseOrThrow(e);
      }
    }
  }

  /** The draft under one fence. */
  private final class ServiceDraft implements OpenDraft {
    private final DraftGrant grant;
    private final VersionKey key;
    private final SigningKey proofKey;
    private final String path;

    ServiceDraft(DraftGrant grant, VersionKey key, SigningKey proofKey) {
      this.grant = grant;
      this.key = key;
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
    public Set<String> objectNames() {
      Set<String> names = new HashSet<>();
      JsonNode drafts =
          client.call(proofKey, "GET", "/v1/drafts", null, JsonNode.class).path("drafts");
      for (JsonNode draft : drafts) {
        if (draft.path("draft").asText("").equals(grant.draft().value())) {
          draft.path("objects").forEach(object -> names.add(object.path("objectName").asText("")));
        }
      }
      return names;
    }

    // Begun twice, an object would be left over: not to be asked again blindly.
    @Override
    public Upload.Begun begin(long size) {
      return post("/objects", new Upload.Begin(grant.fence(), size), Upload.Begun.class);
    }

    @Override
    public List<Upload.PartUrl> partUrls(String objectName, int first, int count) {
      Upload.PartsWanted wanted = new Upload.PartsWanted(grant.fence(), first, count);
      String below = "/objects/" + objectName + "/parts";
      return patiently(() -> post(below, wanted, Upload.PartUrls.class)).parts();
    }

    @Override
    public Upload.Completed complete(String objectName, List<Upload.Part> parts) {
      Upload.Complete complete = new Upload.Complete(grant.fence(), parts);
      String below = "/objects/" + objectName + "/complete";
      return patiently(() -> post(below, complete, Upload.Completed.class));
    }

    @Override
    public void abandon(String objectName) {
      client.call(proofKey, "DELETE", path + "/objects/" + objectName, null);
    }

    // An answer that got lost is found by the next run: see PublishFlow.
    @Override
    public Upload.Published finalise(byte[] envelope) {
      Upload.Finalise finalise = new Upload.Finalise(grant.fence(), Blob.of(envelope));
      return post("/finalise", finalise, Upload.Published.class);
    }

    private <T> T post(String below, Object body, Class<T> answer) {
      return client.call(proofKey, "POST", path + below, body, answer);
    }

    @Override
    public void close() {
      key.close();
    }
  }
}
