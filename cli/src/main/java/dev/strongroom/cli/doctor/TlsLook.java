package dev.strongroom.cli.doctor;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/** Looks at a server's TLS: first as a client that trusts as configured, then at what it shows. */
final class TlsLook {
  private static final Duration EXPIRES_SOON = Duration.ofDays(14);

  private final URI service;
  private final SSLContext trusting;
  private final Duration timeout;

  TlsLook(URI service, SSLContext trusting, Duration timeout) {
    this.service = service;
    this.trusting = trusting;
    this.timeout = timeout;
  }

  Finding look(Instant now) {
    Shown shown = new Shown();
    try {
      handshake(trusting);
    } catch (SSLException e) {
      return explain(e, chain(shown), now);
    } catch (IOException e) {
      return Finding.failed(
          "tls", "the connection broke in the handshake: " + e.getMessage(), "Look for a proxy.");
    }
    List<X509Certificate> chain = chain(shown);
    if (chain.isEmpty()) {
      return Finding.ok("tls", "TLS 1.3, the certificate is trusted");
    }
    Instant end = chain.get(0).getNotAfter().toInstant();
    String seen = "TLS 1.3, " + describe(chain.get(0));
    return Duration.between(now, end).compareTo(EXPIRES_SOON) < 0
        ? Finding.warning("tls", seen, "Renew the service's certificate before it ends.")
        : Finding.ok("tls", seen);
  }

  private Finding explain(SSLException e, List<X509Certificate> chain, Instant now) {
    String message = String.valueOf(e.getMessage());
    if (chain.isEmpty()) {
      return Finding.failed(
          "tls",
          "no handshake: " + message,
          "The service speaks TLS 1.3 only; something that does not answers here (a proxy, another"
              + " port).");
    }
    X509Certificate leaf = chain.get(0);
    if (leaf.getNotAfter().toInstant().isBefore(now)) {
      return Finding.failed(
          "tls",
          "expired: " + describe(leaf),
          "Renew the service's certificate, or set the clock.");
    }
    if (leaf.getNotBefore().toInstant().isAfter(now)) {
      return Finding.failed("tls", "not valid yet: " + describe(leaf), "Set this machine's clock.");
    }
    if (message.contains("No subject alternative") || message.contains("No name matching")) {
      return Finding.failed(
          "tls",
          "the certificate is for " + names(leaf) + ", not for " + service.getHost(),
          "Use a name that the certificate has, or have one made for this name.");
    }
    return Finding.failed(
        "tls",
        "not trusted: " + describe(leaf),
        "Name the CA of the service with --ca (its chain ends at "
            + chain.get(chain.size() - 1).getIssuerX500Principal()
            + "); a key service that made its own certificate keeps it as tls/server.crt in its"
            + " dataDir: copy that file.");
  }

  private void handshake(SSLContext context) throws IOException {
    try (Socket plain = new Socket()) {
      int millis = Math.toIntExact(timeout.toMillis());
      plain.connect(new InetSocketAddress(service.getHost(), port(service)), millis);
      plain.setSoTimeout(millis);
      try (SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(plain, service.getHost(), port(service), true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {"TLSv1.3"});
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
      }
    }
  }

  static int port(URI service) {
    return service.getPort() < 0 ? 443 : service.getPort();
  }

  // A second connection that ends in its handshake: nothing is sent over it.
  private List<X509Certificate> chain(Shown shown) {
    try {
      SSLContext looking = SSLContext.getInstance("TLSv1.3");
      looking.init(null, new TrustManager[] {shown}, new SecureRandom());
      handshake(looking);
    } catch (IOException | GeneralSecurityException e) {
      // What was shown before is what is wanted.
    }
    return shown.chain;
  }

  private static String describe(X509Certificate leaf) {
    return names(leaf)
        + ", by "
        + leaf.getIssuerX500Principal()
        + ", until "
        + leaf.getNotAfter().toInstant();
  }

  private static String names(X509Certificate leaf) {
    try {
      Collection<List<?>> alternatives = leaf.getSubjectAlternativeNames();
      if (alternatives != null) {
        List<String> names = new ArrayList<>();
        alternatives.forEach(name -> names.add(String.valueOf(name.get(1))));
        return String.join(", ", names);
      }
    } catch (CertificateParsingException e) {
      // Then the subject has to do.
    }
    return leaf.getSubjectX500Principal().toString();
  }

  /** Remembers the chain and trusts nobody: every handshake with it fails. */
  private static final class Shown implements X509TrustManager {
    private List<X509Certificate> chain = List.of();

    @Override
    public void checkClientTrusted(X509Certificate @Nullable [] shown, String kind)
        throws CertificateException {
      throw new CertificateException("only looking");
    }

    @Override
    public void checkServerTrusted(X509Certificate[] shown, String kind)
        throws CertificateException {
      chain = List.of(shown);
      throw new CertificateException("only looking");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
