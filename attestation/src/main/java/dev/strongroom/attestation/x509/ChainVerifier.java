package dev.strongroom.attestation.x509;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Leads certificates to pinned roots, by the JDK's PKIX rules (RFC 5280 section 6), and remembers
 * the chains that held. Thread-safe.
 */
public final class ChainVerifier {
  private static final int MAX_PATH = 8;
  private static final int REMEMBERED = 1024;

  private final PinnedRoots pinned;
  private final Revocation revocation;
  private final Duration toleratedLateness;
  private final Map<Bytes, VerifiedChain> remembered =
      new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Bytes, VerifiedChain> eldest) {
          return size() > REMEMBERED;
        }
      };

  /** Takes revocation lists until their next update, not longer. */
  public ChainVerifier(PinnedRoots pinned, Revocation revocation) {
    this(pinned, revocation, Duration.ZERO);
  }

  /**
   * Also takes revocation lists that are late.
   *
   * @param toleratedLateness for how long after its next update a list is still taken
   */
  public ChainVerifier(PinnedRoots pinned, Revocation revocation, Duration toleratedLateness) {
    this.pinned = pinned;
    this.revocation = revocation;
    this.toleratedLateness = toleratedLateness;
  }

  /**
   * Leads this certificate to a pinned root.
   *
   * @param intermediates that came along; the vendor's own are known
   * @param crls that came along, of any issuer
   * @param at the time to judge validity by
   * @throws AttestationException {@link AttestationCode#ROOT_UNKNOWN}, {@link
   *     AttestationCode#CHAIN_INVALID}, {@link AttestationCode#CERTIFICATE_EXPIRED}, {@link
   *     AttestationCode#CERTIFICATE_REVOKED}, {@link AttestationCode#ENDORSEMENT_MISSING} or {@link
   *     AttestationCode#COLLATERAL_STALE} for a revocation list, {@link
   *     AttestationCode#COLLATERAL_INVALID} for one that is not whole
   */
  public VerifiedChain verify(
      X509Certificate leaf, List<X509Certificate> intermediates, List<X509CRL> crls, Instant at) {
    Bytes key = key(leaf, intermediates, crls);
    VerifiedChain known = remembered(key);
    if (known != null && known.holdsAt(at)) {
      return known;
    }
    List<X509Certificate> path = path(leaf, intermediates, at);
    X509Certificate root = path.removeLast();
    requireValid(root, at);
    validate(path, root, at);
    List<X509CRL> lists = requireNotRevoked(path, root, crls, at);
    VerifiedChain chain =
        new VerifiedChain(path, root, begin(path, root, lists), end(path, root, lists));
    synchronized (remembered) {
      remembered.put(key, chain);
    }
    return chain;
  }

  private @Nullable VerifiedChain remembered(Bytes key) {
    synchronized (remembered) {
      return remembered.get(key);
    }
  }

  private static Bytes key(
      X509Certificate leaf, List<X509Certificate> intermediates, List<X509CRL> crls) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(leaf.getEncoded());
      for (X509Certificate each : intermediates) {
        digest.update(each.getEncoded());
      }
      for (X509CRL each : crls) {
        digest.update(each.getEncoded());
      }
      return Bytes.of(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    } catch (GeneralSecurityException e) {
      throw new AttestationException(
          AttestationCode.ENDORSEMENT_MALFORMED, "a certificate cannot be encoded", e);
    }
  }

  /** From the leaf to a pinned root, that included. */
  private List<X509Certificate> path(
      X509Certificate leaf, List<X509Certificate> intermediates, Instant at) {
    List<X509Certificate> path = new ArrayList<>(List.of(leaf));
    while (path.size() <= MAX_PATH) {
      X509Certificate last = path.getLast();
      X509Certificate root = issuerOf(last, pinned.roots());
      if (root != null) {
        path.add(root);
        return path;
      }
      X509Certificate next =
          issuerOf(
              last,
              Stream.concat(pinned.intermediates().stream(), intermediates.stream())
                  .filter(each -> !path.contains(each))
                  // A renewed one has name and key of the one before it.
                  .sorted(Comparator.comparing(each -> !isValid(each, at)))
                  .toList());
      if (next == null) {
        throw new AttestationException(
            AttestationCode.ROOT_UNKNOWN,
            "the certificate of "
                + Names.of(last.getSubjectX500Principal())
                + " leads to no root that is pinned here: its issuer is "
                + Names.of(last.getIssuerX500Principal()));
      }
      path.add(next);
    }
    throw new AttestationException(
        AttestationCode.CHAIN_INVALID, "a chain has more than " + MAX_PATH + " certificates");
  }

  private static @Nullable X509Certificate issuerOf(
      X509Certificate certificate, List<X509Certificate> candidates) {
    for (X509Certificate candidate : candidates) {
      if (candidate.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())
          && isSignedBy(certificate, candidate)) {
        return candidate;
      }
    }
    return null;
  }

  private static boolean isSignedBy(X509Certificate certificate, X509Certificate issuer) {
    try {
      certificate.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  // PKIX takes an anchor as it is, whatever its age.
  private static void requireValid(X509Certificate root, Instant at) {
    if (!isValid(root, at)) {
      throw new AttestationException(
          AttestationCode.CERTIFICATE_EXPIRED,
          "the root " + Names.of(root.getSubjectX500Principal()) + " is not valid at " + at);
    }
  }

  private static boolean isValid(X509Certificate certificate, Instant at) {
    return !at.isBefore(certificate.getNotBefore().toInstant())
        && !at.isAfter(certificate.getNotAfter().toInstant());
  }

  private static void validate(List<X509Certificate> path, X509Certificate root, Instant at) {
    try {
      PKIXParameters parameters = new PKIXParameters(Set.of(new TrustAnchor(root, null)));
      parameters.setRevocationEnabled(false); // its lists come with the evidence: see below
      parameters.setDate(Date.from(at));
      var _ =
          CertPathValidator.getInstance("PKIX")
              .validate(CertificateFactory.getInstance("X.509").generateCertPath(path), parameters);
    } catch (CertPathValidatorException e) {
      boolean expired =
          e.getReason() == BasicReason.EXPIRED || e.getReason() == BasicReason.NOT_YET_VALID;
      String subject =
          e.getIndex() < 0
              ? ""
              : " of " + Names.of(path.get(e.getIndex()).getSubjectX500Principal());
      throw expired
          ? new AttestationException(
              AttestationCode.CERTIFICATE_EXPIRED,
              "the certificate" + subject + " is not valid at " + at,
              e)
          : new AttestationException(
              AttestationCode.CHAIN_INVALID,
              "the chain does not hold at the certificate" + subject + ": " + e.getReason(),
              e);
    } catch (GeneralSecurityException e) {
      throw new AttestationException(
          AttestationCode.CHAIN_INVALID, "the chain cannot be judged: " + e.getMessage(), e);
    }
  }

  /** The lists that count. */
  private List<X509CRL> requireNotRevoked(
      List<X509Certificate> path, X509Certificate root, List<X509CRL> crls, Instant at) {
    List<X509CRL> used = new ArrayList<>();
    for (int i = 0; i < path.size(); i++) {
      X509Certificate certificate = path.get(i);
      X509Certificate issuer = i + 1 < path.size() ? path.get(i + 1) : root;
      List<X509CRL> lists = listsOf(issuer, crls);
      if (lists.isEmpty()) {
        if (isListNeeded(i)) {
          throw new AttestationException(
              AttestationCode.ENDORSEMENT_MISSING,
              "there is no revocation list of " + Names.of(issuer.getSubjectX500Principal()));
        }
        continue;
      }
      X509CRL newest = lists.getLast();
      CrlScope.requireCovers(newest, certificate);
      requireFresh(newest, at);
      requireNotListed(certificate, lists);
      used.add(newest);
    }
    return used;
  }

  private boolean isListNeeded(int depth) {
    return switch (revocation) {
      case CHECKED_WHERE_GIVEN -> false;
      case REQUIRED_FOR_AUTHORITIES -> depth > 0;
      case REQUIRED -> true;
    };
  }

  // An issuer may publish several lists at once: one that is not the newest counts too.
  private static void requireNotListed(X509Certificate certificate, List<X509CRL> lists) {
    if (lists.stream().anyMatch(list -> list.isRevoked(certificate))) {
      throw new AttestationException(
          AttestationCode.CERTIFICATE_REVOKED,
          "the certificate of "
              + Names.of(certificate.getSubjectX500Principal())
              + " is revoked by its issuer");
    }
  }

  /** The oldest first. */
  private static List<X509CRL> listsOf(X509Certificate issuer, List<X509CRL> crls) {
    return crls.stream()
        .filter(list -> list.getIssuerX500Principal().equals(issuer.getSubjectX500Principal()))
        .filter(list -> isSignedBy(list, issuer))
        .sorted(Comparator.comparing(X509CRL::getThisUpdate))
        .toList();
  }

  private static boolean isSignedBy(X509CRL list, X509Certificate issuer) {
    try {
      list.verify(issuer.getPublicKey());
      return true;
    } catch (GeneralSecurityException e) {
      return false;
    }
  }

  private void requireFresh(X509CRL list, Instant at) {
    if (list.getThisUpdate().toInstant().isAfter(at)
        || list.getNextUpdate() == null
        || list.getNextUpdate().toInstant().plus(toleratedLateness).isBefore(at)) {
      throw new AttestationException(
          AttestationCode.COLLATERAL_STALE,
          "the revocation list of "
              + Names.of(list.getIssuerX500Principal())
              + " is not current at "
              + at);
    }
  }

  private static Instant begin(
      List<X509Certificate> path, X509Certificate root, List<X509CRL> lists) {
    return Stream.concat(
            Stream.concat(path.stream(), Stream.of(root)).map(X509Certificate::getNotBefore),
            lists.stream().map(X509CRL::getThisUpdate))
        .map(Date::toInstant)
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private Instant end(List<X509Certificate> path, X509Certificate root, List<X509CRL> lists) {
    return Stream.concat(
            Stream.concat(path.stream(), Stream.of(root))
                .map(each -> each.getNotAfter().toInstant()),
            lists.stream().map(list -> list.getNextUpdate().toInstant().plus(toleratedLateness)))
        .min(Comparator.naturalOrder())
        .orElseThrow();
  }
}
