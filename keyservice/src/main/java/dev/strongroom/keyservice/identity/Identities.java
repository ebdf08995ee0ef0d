package dev.strongroom.keyservice.identity;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Says who asks (grant protocol, section 4.4). What is present is always verified: a certificate
 * that is bad refuses, however good the token is. A certificate counts only where the proof key
 * signed its hash; so a proof cannot be sent over the connection of somebody else.
 */
public final class Identities {
  private final TokenVerifier tokens;
  private final @Nullable CertificateVerifier certificates;

  /**
   * @param certificates null where client certificates are not asked for
   */
  public Identities(TokenVerifier tokens, @Nullable CertificateVerifier certificates) {
    this.tokens = tokens;
    this.certificates = certificates;
  }

  /**
   * The identity that is proved.
   *
   * @throws Problem {@link ProblemCode#TOKEN_MISSING} when nothing is shown, {@link
   *     ProblemCode#PROOF_INVALID} when the proof names another certificate than the connection
   *     has, and what the verifiers throw
   */
  public Identity identify(Presented presented) {
    VerifiedCertificate certificate = certificate(presented);
    if (certificate == null) {
      requireToken(presented.token());
      return tokens.verify(presented.token());
    }
    return presented.token().isEmpty()
        ? certificate.identity()
        : tokens.verify(presented.token()).with(certificate);
  }

  private @Nullable VerifiedCertificate certificate(Presented presented) {
    if (presented.certificates().isEmpty()) {
      if (presented.named() != null) {
        throw new Problem(
            ProblemCode.PROOF_INVALID,
            "the proof names a client certificate, and the connection has none; connect to the"
                + " service itself, which must ask for certificates"
                + " (identity.spiffe.clientCertificates)");
      }
      return null;
    }
    if (!hash(presented.certificates().getFirst()).equals(presented.named())) {
      throw new Problem(
          ProblemCode.PROOF_INVALID,
          "the proof does not name the client certificate of its connection; sign its SHA-256 as"
              + " well, or show no certificate");
    }
    if (certificates == null) {
      throw new Problem(
          ProblemCode.CERTIFICATE_INVALID, "client certificates are not verified here; show none");
    }
    return certificates.verify(presented.certificates());
  }

  private static void requireToken(String token) {
    if (token.isEmpty()) {
      throw new Problem(
          ProblemCode.TOKEN_MISSING, "send an identity token, or show a client certificate");
    }
  }

  private static Sha256Digest hash(X509Certificate certificate) {
    try {
      return Sha256Digest.of(certificate.getEncoded());
    } catch (CertificateEncodingException e) {
      throw new Problem(
          ProblemCode.CERTIFICATE_INVALID, "the client certificate has no encoding", e);
    }
  }
}
