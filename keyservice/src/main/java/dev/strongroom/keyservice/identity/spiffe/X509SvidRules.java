package dev.strongroom.keyservice.identity.spiffe;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import io.spiffe.spiffeid.SpiffeId;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an X.509-SVID must be, whoever signed it (SPIFFE X.509-SVID, sections 2 to 4). */
final class X509SvidRules {
  private static final int URI = 6;
  private static final int DIGITAL_SIGNATURE = 0;
  private static final int KEY_CERT_SIGN = 5;
  private static final int CRL_SIGN = 6;
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";

  private X509SvidRules() {}

  /**
   * Checks form and usage of a chain; not its signatures, and not its times.
   *
   * @return the SPIFFE ID of the leaf
   * @throws Problem {@link ProblemCode#CERTIFICATE_INVALID}
   */
  static SpiffeId check(List<X509Certificate> chain) {
    X509Certificate leaf = chain.getFirst();
    List<String> uris = uris(leaf);
    if (uris.size() != 1) {
      throw invalid("it has " + uris.size() + " URIs as subject alternative names, not one", null);
    }
    SpiffeId id =
        SpiffeNames.parseWorkload(uris.getFirst())
            .orElseThrow(() -> invalid("its URI is not the SPIFFE ID of a workload", null));
    if (leaf.getBasicConstraints() != -1) {
      throw invalid("it is the certificate of an authority (cA)", null);
    }
    requireUsage(leaf);
    chain.stream().skip(1).forEach(each -> requireSigner(each, id));
    return id;
  }

  private static void requireUsage(X509Certificate leaf) {
    boolean[] usage = leaf.getKeyUsage();
    if (usage == null || !usage[DIGITAL_SIGNATURE] || usage[KEY_CERT_SIGN] || usage[CRL_SIGN]) {
      throw invalid(
          "its key usage must have digitalSignature, and neither keyCertSign nor cRLSign", null);
    }
    try {
      List<String> extended = leaf.getExtendedKeyUsage();
      if (extended != null && !extended.contains(CLIENT_AUTH)) {
        throw invalid("its extended key usage does not allow the authentication of clients", null);
      }
    } catch (CertificateParsingException e) {
      throw invalid("its extended key usage cannot be read", e);
    }
  }

  // A signing certificate may have the ID of its trust domain, and that of no workload.
  private static void requireSigner(X509Certificate signer, SpiffeId leaf) {
    for (String uri : uris(signer)) {
      Optional<SpiffeId> id = SpiffeNames.parse(uri);
      if (id.isEmpty()
          || !id.get().getPath().isEmpty()
          || !id.get().memberOf(leaf.getTrustDomain())) {
        throw invalid("a signing certificate of its chain is of another trust domain", null);
      }
    }
  }

  /**
   * Checks that nothing of the chain has run out or begins later.
   *
   * @throws Problem {@link ProblemCode#CERTIFICATE_EXPIRED}, {@link
   *     ProblemCode#CERTIFICATE_INVALID}
   */
  static void requireTimes(List<X509Certificate> chain, Instant now) {
    for (X509Certificate each : chain) {
      if (!now.isBefore(each.getNotAfter().toInstant())) {
        throw new Problem(
            ProblemCode.CERTIFICATE_EXPIRED,
            "the client certificate, or one of its chain, has run out; connect again with a fresh"
                + " SVID");
      }
      if (now.isBefore(each.getNotBefore().toInstant())) {
        throw invalid("it, or one of its chain, begins in the future; check the clocks", null);
      }
    }
  }

  private static List<String> uris(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.getFirst().equals(URI))
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      throw invalid("its subject alternative names cannot be read", e);
    }
  }

  static Problem invalid(String why, @Nullable Throwable cause) {
    return new Problem(
        ProblemCode.CERTIFICATE_INVALID,
        "the client certificate is not an X.509-SVID that is accepted: " + why,
        cause);
  }
}
