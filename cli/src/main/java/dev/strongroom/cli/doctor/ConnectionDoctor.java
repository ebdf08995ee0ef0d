package dev.strongroom.cli.doctor;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.connect.TrustFile;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/** Looks at a connection from the bottom up, and stops where the rest cannot work. */
public final class ConnectionDoctor {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final URI service;
  private final SSLContext tls;
  private final Optional<TrustBundle> trust;
  private final Optional<KeyServiceClient> client;
  private final InstantSource clock;
  private final List<Finding> findings = new ArrayList<>();

  /**
   * @param client with our token; empty where there is no token file
   */
  public ConnectionDoctor(
      String service,
      SSLContext tls,
      Optional<TrustBundle> trust,
      Optional<KeyServiceClient> client,
      InstantSource clock) {
    this.service = ServiceAddress.of(service, service).base();
    this.tls = tls;
    this.trust = trust;
    this.client = client;
    this.clock = clock;
  }

  /** What was found, in the order of looking. */
  public List<Finding> look() {
    Instant now = clock.instant();
    trust(now);
    if (dns() && tcp() && add(new TlsLook(service, tls, TIMEOUT).look(now))) {
      protocol(now);
    }
    return List.copyOf(findings);
  }

  private boolean add(Finding finding) {
    findings.add(finding);
    return finding.state() != Finding.State.FAILED;
  }

  private void trust(Instant now) {
    if (trust.isEmpty()) {
      add(Finding.skipped("trust bundle", "none is named (--trust)"));
      return;
    }
    TrustBundle bundle = trust.get();
    try {
      TrustFile.logTrust(bundle);
    } catch (Problem e) {
      add(Finding.failed("trust bundle", String.valueOf(e.getMessage()), "Get it again."));
      return;
    }
    long valid = bundle.grantKeys().stream().filter(key -> key.validAt(now)).count();
    String seen =
        "for "
            + bundle.origin()
            + ": "
            + valid
            + " of "
            + bundle.grantKeys().size()
            + " grant keys valid now, "
            + bundle.log().keys().size()
            + " log keys, "
            + bundle.publishers().size()
            + " publishers";
    if (valid == 0) {
      add(Finding.failed("trust bundle", seen, "Get the bundle with the current grant keys."));
    } else if (!bundle.origin().equals(service.toString())) {
      add(
          Finding.warning(
              "trust bundle",
              seen + "; the service is reached as " + service,
              "Right behind a port forward only; otherwise use the bundle of this service."));
    } else {
      add(Finding.ok("trust bundle", seen));
    }
  }

  private boolean dns() {
    try {
      List<String> addresses =
          Arrays.stream(InetAddress.getAllByName(service.getHost()))
              .map(InetAddress::getHostAddress)
              .toList();
      return add(Finding.ok("dns", service.getHost() + " is " + String.join(", ", addresses)));
    } catch (UnknownHostException e) {
      return add(
          Finding.failed(
              "dns",
              service.getHost() + " has no address",
              "Check the name in --service, and this machine's resolver."));
    }
  }

  private boolean tcp() {
    int port = TlsLook.port(service);
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(service.getHost(), port), Math.toIntExact(TIMEOUT.toMillis()));
      return add(Finding.ok("tcp", "port " + port + " accepts connections"));
    } catch (IOException e) {
      return add(
          Finding.failed(
              "tcp",
              "port " + port + ": " + e.getMessage(),
              "Is the service running, and does a firewall or network policy let this machine in?"));
    }
  }

  private void protocol(Instant now) {
    if (client.isEmpty()) {
      add(Finding.skipped("token", "no token file is named (--token-file)"));
      return;
    }
    if (nonce(client.get()) && token(client.get(), now)) {
      identity(client.get());
    }
  }

  private boolean nonce(KeyServiceClient service) {
    try {
      Nonce nonce = service.nonce();
      long ahead = nonce.expiresAt() - clock.instant().getEpochSecond();
      return add(
          ahead <= 0 || ahead > 660
              ? Finding.warning(
                  "clock",
                  "a fresh nonce ends in " + ahead + " s by this machine's clock",
                  "Set the clock: proofs more than 60 s off are refused.")
              : Finding.ok("protocol", "it gives nonces; one ends in " + ahead + " s"));
    } catch (Problem e) {
      return add(
          Finding.failed(
              "protocol",
              e.code().wireName() + ": " + e.getMessage(),
              "Is this the API port of a key service?"));
    }
  }

  private boolean token(KeyServiceClient service, Instant now) {
    try {
      return add(TokenLook.look(service.credentials().token(), now));
    } catch (Problem e) {
      return add(Finding.failed("token", String.valueOf(e.getMessage()), "Write a token there."));
    }
  }

  // Needs an identity and no right: a refusal would stand in the log.
  private void identity(KeyServiceClient service) {
    SigningKey proofKey = SigningKey.generate(SignatureAlgorithm.ES256);
    try {
      service.call(proofKey, "GET", "/v1/drafts", null, JsonNode.class);
      add(Finding.ok("identity", "the service accepts your token and proof"));
    } catch (Problem e) {
      add(Finding.failed("identity", e.code().wireName() + ": " + e.getMessage(), next(e.code())));
    }
  }

  private static String next(ProblemCode code) {
    if (code == ProblemCode.TOKEN_AUDIENCE_MISMATCH) {
      return "Ask your issuer for a token with the service's audience.";
    }
    if (code == ProblemCode.TOKEN_ISSUER_UNKNOWN) {
      return "Have the issuer configured at the service (identity.issuers), or use another token.";
    }
    if (code == ProblemCode.PROOF_INVALID) {
      return "Compare the clocks, and --service with the origin that the service is configured for.";
    }
    return code.category() == ProblemCode.Category.RETRY
        ? "Try again in a moment."
        : "Ask who runs the service; its log has the same code.";
  }
}
