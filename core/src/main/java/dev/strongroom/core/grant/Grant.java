package dev.strongroom.core.grant;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.seal.SealSuite;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A grant: the right of one proof key to decrypt one model version for one lease. The payload of a
 * {@code strongroom-grant+jwt} signed by the key service.
 *
 * @param format {@value #FORMAT}
 * @param iss the origin of the key service
 * @param lease names lease and grant
 * @param manifestDigest SHA-256 over the signed manifest's payload
 * @param dataKeyId the data key that is sealed beside this grant
 * @param cnf whose proof key may use it (RFC 7800)
 * @param suite how the data key is sealed
 * @param sealKeyHash SHA-256 over the raw seal key
 * @param nonceHash {@link Nonce#hash()} of the request
 * @param subject who asked, as policy saw it: issuer and subject of the identity token
 * @param mode sidecar or init
 * @param onExpiry what happens when the lease runs out unrenewed
 * @param attested whether verified evidence stands behind this grant
 * @param evidenceDigest digest over all evidence digests; null where there was none
 * @param policyDigest the policy that allowed it
 * @param iat seconds since the epoch
 * @param exp end of the lease, seconds since the epoch; for people and logs
 * @param leaseSeconds the lease as a duration, counted by the holder from when it sent its request
 * @param renewAfterSeconds when the holder should renew
 * @param graceSeconds how long past the lease delivered weights may stay while the service is
 *     unreachable; never after a revocation
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Grant(
    String format,
    String iss,
    LeaseId lease,
    ModelName model,
    VersionId version,
    Sha256Digest manifestDigest,
    DataKeyId dataKeyId,
    Confirmation cnf,
    SealSuite suite,
    Sha256Digest sealKeyHash,
    Sha256Digest nonceHash,
    String subject,
    @Nullable String podUid,
    DeliveryMode mode,
    ExpiryMode onExpiry,
    boolean attested,
    @Nullable Sha256Digest evidenceDigest,
    Sha256Digest policyDigest,
    long iat,
    long exp,
    long leaseSeconds,
    long renewAfterSeconds,
    long graceSeconds) {
  public static final String FORMAT = "strongroom-grant/v1";

  /** The longest text of a signed grant, in characters. */
  public static final int MAX_CHARS = 8_192;

  public Grant {
    FormatCheck.check(format, FORMAT);
    Require.present(iss, "iss");
    Require.present(lease, "lease");
    Require.present(model, "model");
    Require.present(version, "version");
    Require.present(manifestDigest, "manifestDigest");
    Require.present(dataKeyId, "dataKeyId");
    Require.present(cnf, "cnf");
    Require.present(suite, "suite");
    Require.present(sealKeyHash, "sealKeyHash");
    Require.present(nonceHash, "nonceHash");
    Require.present(subject, "subject");
    Require.present(mode, "mode");
    Require.present(onExpiry, "onExpiry");
    Require.present(policyDigest, "policyDigest");
    Require.that(
        leaseSeconds > 0 && renewAfterSeconds > 0 && renewAfterSeconds < leaseSeconds,
        "a lease is renewed before it ends");
    Require.that(graceSeconds >= 0, "a grace is not negative");
    Require.that(exp >= iat, "a lease ends after it begins");
    Require.that(attested == (evidenceDigest != null), "attested means that there is evidence");
  }

  public ModelVersion target() {
    return new ModelVersion(model, version);
  }

  /** The HPKE {@code info} of the sealed key: the label and the hash of the signed grant's text. */
  public static byte[] sealInfo(String signedGrant) {
    return CanonicalEncoding.of("strongroom/v1/grant")
        .raw(Sha256Digest.of(signedGrant.getBytes(StandardCharsets.US_ASCII)).bytes())
        .bytes();
  }

  /** The HPKE {@code aad} of the sealed key: what the key is for. */
  public byte[] sealContext() {
    return CanonicalEncoding.of("strongroom/v1/sealed-data-key")
        .text(model.value())
        .text(version.value())
        .text(dataKeyId.value())
        .digest(manifestDigest)
        .bytes();
  }

  /**
   * Confirmation of the key that may use the grant (RFC 7800 section 3.1, RFC 9449 section 6.1).
   *
   * @param jkt RFC 7638 thumbprint of the proof key
   */
  public record Confirmation(String jkt) {
    public Confirmation {
      Require.present(jkt, "jkt");
    }
  }
}
