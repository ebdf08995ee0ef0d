package dev.strongroom.core.grant;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.seal.SealSuite;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * The fields that evidence binds: a workload proves that the hardware vouches for exactly these
 * keys, asked for by this service, for this model version, now.
 *
 * @param origin the key service's origin, for example {@code https://keys.example.org}
 * @param target the model version asked for
 * @param nonce the nonce of the request
 * @param suite how the data key is to be sealed
 * @param sealKey the raw public seal key
 * @param proofKeyThumbprint RFC 7638 thumbprint of the proof key
 * @param tokenHash SHA-256 over the identity token
 * @param podUid the uid of the pod, where there is one
 */
public record KeyBinding(
    String origin,
    ModelVersion target,
    String nonce,
    SealSuite suite,
    Blob sealKey,
    String proofKeyThumbprint,
    Sha256Digest tokenHash,
    @Nullable String podUid) {

  /**
   * The 64 bytes of report data for a CPU (SEV-SNP, TDX): SHA-512 over the canonical encoding.
   *
   * @param gpuEvidence digest of the GPU evidence collected before, so that evidence of a GPU
   *     elsewhere cannot be relayed; null where there is none
   */
  public byte[] reportData(@Nullable Sha256Digest gpuEvidence) {
    try {
      return MessageDigest.getInstance("SHA-512")
          .digest(encoding("strongroom/v1/report-data", gpuEvidence));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-512", e);
    }
  }

  /** The 32 bytes for evidence that has room for no more: GPU nonce, TPM qualifying data. */
  public Sha256Digest shortNonce() {
    return Sha256Digest.of(encoding("strongroom/v1/evidence-nonce", null));
  }

  private byte[] encoding(String domain, @Nullable Sha256Digest gpuEvidence) {
    return CanonicalEncoding.of(domain)
        .text(origin)
        .text(target.model().value())
        .text(target.version().value())
        .text(nonce)
        .text(suite.wireName())
        .raw(sealKey.bytes())
        .text(proofKeyThumbprint)
        .digest(tokenHash)
        .text(podUid == null ? "" : podUid)
        .raw(gpuEvidence == null ? new byte[0] : gpuEvidence.bytes())
        .bytes();
  }
}
