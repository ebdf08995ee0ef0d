package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KeyServiceConfig.TlsConfig;
import dev.strongroom.keyservice.config.PemFile;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;

/** Checks the certificate of the service: readable, in its time, for the origin, with its key. */
final class CertificateCheck {
  private static final Duration SOON = Duration.ofDays(14);

  private CertificateCheck() {}

  static List<Finding> check(TlsConfig tls, String host, Instant now) {
    List<Finding> findings = new ArrayList<>();
    try {
      X509Certificate leaf = PemFile.certificates(tls.certificate()).getFirst();
      findings.add(validity(leaf, now));
      if (!names(leaf, host)) {
        findings.add(
            Finding.error(
                "tls",
                "the certificate does not name the origin's host " + host,
                "have one issued with it as a subject alternative name"));
      }
      PrivateKey key = PemFile.privateKey(tls.key(), keyFactory(leaf.getPublicKey()));
      findings.add(
          belong(key, leaf.getPublicKey())
              ? Finding.ok("tls", "the certificate and its key belong together")
              : Finding.error(
                  "tls",
                  "the key " + tls.key() + " is not the one of the certificate",
                  "put the pair together again"));
    } catch (Problem e) {
      findings.add(
          Finding.error(
              "tls",
              e.getMessage() + " (" + e.code().wireName() + ")",
              "the service does not start without its certificate and key"));
    }
    return findings;
  }

  private static Finding validity(X509Certificate leaf, Instant now) {
    Instant from = leaf.getNotBefore().toInstant();
    Instant until = leaf.getNotAfter().toInstant();
    if (now.isBefore(from)) {
      return Finding.error("tls", "the certificate begins at " + from, "check the clock, or wait");
    }
    if (now.isAfter(until)) {
      return Finding.error("tls", "the certificate ended at " + until, "have a new one issued");
    }
    return now.plus(SOON).isAfter(until)
        ? Finding.warning("tls", "the certificate ends at " + until, "have a new one issued soon")
        : Finding.ok("tls", "the certificate ends at " + until);
  }

  private static boolean names(X509Certificate leaf, String host) {
    try {
      Collection<List<?>> names = leaf.getSubjectAlternativeNames();
      if (names == null) {
        return false;
      }
      for (List<?> name : names) {
        String text = String.valueOf(name.get(1)).toLowerCase(Locale.ROOT);
        int dot = host.indexOf('.');
        if (text.equals(host)
            || (text.startsWith("*.")
                && dot > 0
                && text.substring(1).equals(host.substring(dot)))) {
          return true;
        }
      }
      return false;
    } catch (CertificateParsingException e) {
      return false;
    }
  }

  private static String keyFactory(PublicKey key) {
    return switch (key.getAlgorithm()) {
      case "EC" -> "EC";
      case "RSA" -> "RSA";
      default -> "EdDSA";
    };
  }

  private static boolean belong(PrivateKey privateKey, PublicKey publicKey) {
    String algorithm =
        switch (publicKey.getAlgorithm()) {
          case "EC" -> "SHA256withECDSA";
          case "RSA" -> "SHA256withRSA";
          default -> "EdDSA";
        };
    try {
      byte[] text = {1, 2, 3};
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(privateKey);
      signing.update(text);
      Signature verification = Signature.getInstance(algorithm);
      verification.initVerify(publicKey);
      verification.update(text);
      return verification.verify(signing.sign());
    } catch (GeneralSecurityException e) {
      return false;
    }
  }
}
