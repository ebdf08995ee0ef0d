package dev.strongroom.keyservice.identity.spiffe;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.CertificateVerifier;
import dev.strongroom.keyservice.identity.VerifiedCertificate;
import io.spiffe.spiffeid.SpiffeId;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXCertPathValidatorResult;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Verifies X.509-SVIDs (SPIFFE X.509-SVID, sections 2 to 5): the leaf keeps {@link X509SvidRules},
 * nothing in the chain has run out, and the chain leads to an authority of the trust domain that
 * the leaf names, of no other. Asked with every request, so that neither a long connection nor a
 * resumed TLS session carries an identity past the end of its certificate or of its authority.
 * Thread-safe.
 */
public final class X509SvidVerifier implements CertificateVerifier {
  private static final int MAX_CHAIN = 5;

  private final SpiffeBundles bundles;
  private final InstantSource clock;
  private final Cache<Sha256Digest, Remembered> verified;

  private record Remembered(VerifiedCertificate certificate, SpiffeId id, DomainBundle bundle) {}

  /**
   * @param remember chains, by their hash, at most
   */
  public X509SvidVerifier(SpiffeBundles bundles, InstantSource clock, int remember) {
    this.bundles = bundles;
    this.clock = clock;
    this.verified = Caffeine.newBuilder().maximumSize(remember).build();
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // The same object is an unchanged bundle.
  public VerifiedCertificate verify(List<X509Certificate> chain) {
    if (chain.size() > MAX_CHAIN) {
      throw X509SvidRules.invalid("its chain has more than " + MAX_CHAIN + " certificates", null);
    }
    Instant now = clock.instant();
    Sha256Digest hash = hashOfAll(chain);
    Remembered remembered = verified.getIfPresent(hash);
    if (remembered == null
        || bundles.bundle(remembered.id().getTrustDomain()) != remembered.bundle()) {
      remembered = verifyAnew(chain, now);
      verified.put(hash, remembered);
    }
    X509SvidRules.requireTimes(chain, now);
    requireAuthority(remembered.certificate(), now);
    return remembered.certificate();
  }

  // What is remembered may outlive the authority, which is not in the chain.
  private static void requireAuthority(VerifiedCertificate certificate, Instant now) {
    if (!now.isBefore(certificate.expiresAt())) {
      throw new Problem(
          ProblemCode.CERTIFICATE_EXPIRED,
          "the authority of the client certificate has run out; connect again with a fresh SVID");
    }
  }

  private Remembered verifyAnew(List<X509Certificate> chain, Instant now) {
    SpiffeId id = X509SvidRules.check(chain);
    DomainBundle bundle = bundles.bundle(id.getTrustDomain());
    X509SvidRules.requireTimes(chain, now);
    X509Certificate authority = requirePath(chain, bundle.authorities(), now);
    return new Remembered(
        new VerifiedCertificate(
            SpiffeNames.issuer(id), id.toString(), hash(chain.getFirst()), end(chain, authority)),
        id,
        bundle);
  }

  // PKIX looks at the times of the chain, and not at those of its anchor (RFC 5280, 6.1.1).
  private static X509Certificate requirePath(
      List<X509Certificate> chain, Set<X509Certificate> authorities, Instant now) {
    List<X509Certificate> current =
        authorities.stream()
            .filter(each ->
                now.isBefore(each.getNotAfter().toInstant())
                    && !now.isBefore(each.getNotBefore().toInstant()))
            .toList();
    if (current.isEmpty()) {
      throw X509SvidRules.invalid("its trust domain has no authority for X.509-SVIDs now", null);
    }
    try {
      PKIXParameters parameters =
          new PKIXParameters(
              current.stream()
                  .map(each -> new TrustAnchor(each, null))
                  .collect(Collectors.toSet()));
      parameters.setDate(Date.from(now));
      // SVIDs are short-lived; SPIFFE knows no revocation of them.
      parameters.setRevocationEnabled(false);
      PKIXCertPathValidatorResult path =
          (PKIXCertPathValidatorResult)
              CertPathValidator.getInstance("PKIX")
                  .validate(
                      CertificateFactory.getInstance("X.509").generateCertPath(chain), parameters);
      return path.getTrustAnchor().getTrustedCert();
    } catch (CertPathValidatorException e) {
      throw X509SvidRules.invalid(
          "its chain does not lead to an authority of its trust domain (" + e.getReason() + ")", e);
    } catch (GeneralSecurityException e) {
      throw X509SvidRules.invalid("its chain cannot be checked", e);
    }
  }

  private static Instant end(List<X509Certificate> chain, X509Certificate authority) {
    return Stream.concat(chain.stream(), Stream.of(authority))
        .map(each -> each.getNotAfter().toInstant())
        .min(Instant::compareTo)
        .orElseThrow();
  }

  private static Sha256Digest hash(X509Certificate certificate) {
    return hashOfAll(List.of(certificate));
  }

  private static Sha256Digest hashOfAll(List<X509Certificate> chain) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    try {
      for (X509Certificate each : chain) {
        all.writeBytes(each.getEncoded());
      }
    } catch (CertificateEncodingException e) {
      throw new Problem(
          ProblemCode.CERTIFICATE_INVALID, "the client certificate has no encoding", e);
    }
    return Sha256Digest.of(all.toByteArray());
  }
}
