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
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a workload asks for and signs with its proof key: the payload of a {@code
 * strongroom-grant-request+jwt}.
 *
 * @param format {@value #FORMAT}
 * @param origin the origin that the caller believes it talks to
 * @param nonce from {@code POST /v1/nonces}, single use
 * @param suite how the data key is to be sealed
 * @param sealKey the raw public key to seal to, of the length that the suite says
 * @param tokenHash SHA-256 over the identity token that is sent beside; over no bytes where the
 *     client certificate of the connection is the only identity
 * @param evidenceDigests {@link Evidence#digest()} of each piece sent beside, in order
 * @param podUid uid of the pod, where there is one
 * @param mode sidecar or init
 * @param onExpiry what the caller wants to happen when its lease runs out; policy may refuse
 * @param leaseSeconds the lease that the caller wants, 5 to 86,400; null for the policy's
 * @param certificateHash SHA-256 over the DER of the client certificate of the connection ({@code
 *     x5t#S256} of RFC 8705 section 3.1, in hex); null where the caller shows none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record GrantBody(
    String format,
    String origin,
    ModelName model,
    VersionId version,
    String nonce,
    SealSuite suite,
    Blob sealKey,
    Sha256Digest tokenHash,
    List<Sha256Digest> evidenceDigests,
    @Nullable String podUid,
    DeliveryMode mode,
    ExpiryMode onExpiry,
    @Nullable Long leaseSeconds,
    @Nullable Sha256Digest certificateHash) {
  public static final String FORMAT = "strongroom-grant-request/v1";
  public static final int MAX_EVIDENCE = 16;
  private static final Pattern POD_UID = Pattern.compile("[A-Za-z0-9-]{1,64}");

  public GrantBody {
    FormatCheck.check(format, FORMAT);
    Require.present(origin, "origin");
    Require.present(model, "model");
    Require.present(version, "version");
    Nonce.checkForm(nonce);
    Require.present(suite, "suite");
    Require.present(sealKey, "sealKey");
    Require.present(tokenHash, "tokenHash");
    evidenceDigests = List.copyOf(Require.present(evidenceDigests, "evidenceDigests"));
    Require.that(evidenceDigests.size() <= MAX_EVIDENCE, "there are at most 16 pieces of evidence");
    Require.that(
        podUid == null || POD_UID.matcher(podUid).matches(),
        "a pod uid is 1 to 64 of A-Z a-z 0-9 -");
    Require.present(mode, "mode");
    Require.present(onExpiry, "onExpiry");
    Require.that(
        leaseSeconds == null || (leaseSeconds >= 5 && leaseSeconds <= 86_400),
        "a lease is 5 to 86400 seconds");
    if (sealKey.bytes().length != suite.publicKeyBytes()) {
      throw new Problem(
          ProblemCode.UNSUPPORTED_ALGORITHM, "the seal key does not have the length of its suite");
    }
  }

  /** What is asked for over a connection without a client certificate. */
  public GrantBody(
      String format,
      String origin,
      ModelName model,
      VersionId version,
      String nonce,
      SealSuite suite,
      Blob sealKey,
      Sha256Digest tokenHash,
      List<Sha256Digest> evidenceDigests,
      @Nullable String podUid,
      DeliveryMode mode,
      ExpiryMode onExpiry,
      @Nullable Long leaseSeconds) {
    this(
        format,
        origin,
        model,
        version,
        nonce,
        suite,
        sealKey,
        tokenHash,
        evidenceDigests,
        podUid,
        mode,
        onExpiry,
        leaseSeconds,
        null);
  }

  public ModelVersion target() {
    return new ModelVersion(model, version);
  }

  /** The same with this evidence beside it. */
  public GrantBody with(List<Evidence> evidence) {
    return with(evidence.stream().map(Evidence::digest).toList(), certificateHash);
  }

  /** The same for a connection with this client certificate. */
  public GrantBody with(@Nullable Sha256Digest certificate) {
    return with(evidenceDigests, certificate);
  }

  private GrantBody with(List<Sha256Digest> evidence, @Nullable Sha256Digest certificate) {
    return new GrantBody(
        format,
        origin,
        model,
        version,
        nonce,
        suite,
        sealKey,
        tokenHash,
        evidence,
        podUid,
        mode,
        onExpiry,
        leaseSeconds,
        certificate);
  }

  /** The fields that evidence must bind, which are all but the evidence itself. */
  public KeyBinding binding(String proofKeyThumbprint) {
    return new KeyBinding(
        origin, target(), nonce, suite, sealKey, proofKeyThumbprint, tokenHash, podUid);
  }
}
