package dev.strongroom.keyservice.config.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import dev.strongroom.keyservice.config.check.Finding.Severity;
import dev.strongroom.keyservice.identity.SettableClock;
import dev.strongroom.keyservice.identity.TestIssuer;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import dev.strongroom.testkit.objectstore.S3ProxyServer;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.stream.Stream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigCheckTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(NOW);
  private @Nullable String storageFault;

  @BeforeEach
  void everythingIsGood() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    mode(data, "rwx------");
    TinkKeyWrapper.open(data.resolve("kek.json"), true).close();
    Files.writeString(
        folder.resolve("jwks.json"), new TestIssuer(TokenAlgorithm.ES256, "k").jwks());
    write(
        "publisher.pem",
        "PUBLIC KEY",
        SigningKey.generate(SignatureAlgorithm.EDDSA).publicKey().getEncoded());
    Files.writeString(folder.resolve("s3.yaml"), "accessKey: a\nsecretKey: b\n");
    mode(folder.resolve("s3.yaml"), "rw-------");
    certificate("keys.example.org", NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(90)));
    Files.writeString(
        folder.resolve("policy.yaml"),
        """
        format: strongroom-policy/v1
        bindings:
          - name: all
            actions: [decrypt, publish, revoke, audit]
            subjects: [{issuer: "https://issuer.example.org", subject: s}]
            models: ["*"]
        """);
    Files.writeString(
        folder.resolve("strongroom.yaml"),
        """
        origin: https://keys.example.org
        dataDir: data
        listen:
          tls: {certificate: tls.pem, key: tls.key}
        storage:
          endpoint: https://s3.example.org
          bucket: weights
          credentials: {file: s3.yaml}
        identity:
          issuers:
            - issuer: https://issuer.example.org
              audience: strongroom
              jwks: {file: jwks.json}
        policyFile: policy.yaml
        publishers:
          - {name: research, keyFile: publisher.pem, models: ["*"]}
        """);
  }

  private void reach() {
    if (storageFault != null) {
      throw new Problem(ProblemCode.STORAGE_UNAVAILABLE, storageFault);
    }
  }

  private List<Finding> check() {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return new ConfigCheck(clock, http, storage -> reach())
          .check(folder.resolve("strongroom.yaml"));
    }
  }

  private void assertOne(Severity severity, String what) {
    List<Finding> bad =
        check().stream().filter(finding -> finding.severity() != Severity.OK).toList();
    assertEquals(1, bad.size(), bad.toString());
    assertEquals(severity, bad.getFirst().severity());
    assertTrue(bad.getFirst().what().contains(what), bad.toString());
    assertTrue(!bad.getFirst().toDo().isEmpty());
  }

  @Test
  void aGoodConfigurationHasNothingToDo() {
    List<Finding> findings = check();
    assertTrue(
        findings.stream().allMatch(finding -> finding.severity() == Severity.OK),
        findings.toString());
    assertTrue(findings.size() >= 9, findings.toString());
  }

  @Test
  void faultsOfTheFilesAreListed() throws IOException {
    edit("strongroom.yaml", "bucket: weights", "buckt: weights");
    assertEquals(
        2, check().stream().filter(finding -> finding.severity() == Severity.ERROR).count());
    edit("strongroom.yaml", "buckt: weights", "bucket: weights");
    edit("policy.yaml", "revoke, audit", "revoke, odit");
    assertOne(Severity.ERROR, "did you mean 'audit'");
  }

  @Test
  void foldersAndPermissions() throws IOException {
    mode(folder.resolve("data"), "rwxr-x---");
    assertOne(Severity.WARNING, "may list the data folder");
    mode(folder.resolve("data"), "rwxrwx---");
    assertOne(Severity.ERROR, "may write into the data folder");
    mode(folder.resolve("data"), "rwx------");
    mode(folder.resolve("data/kek.json"), "rw-r--r--");
    assertOne(Severity.ERROR, "key-file-insecure");
    Files.delete(folder.resolve("data/kek.json"));
    assertOne(Severity.WARNING, "the KEK file");
    TinkKeyWrapper.open(folder.resolve("data/kek.json"), true).close();
    mode(folder.resolve("s3.yaml"), "rw----r--");
    assertOne(Severity.ERROR, "key-file-insecure");
    mode(folder.resolve("s3.yaml"), "rw-------");
    edit(
        "strongroom.yaml",
        "dataDir: data",
        "dataDir: nowhere\nkek: {tink: {keysetFile: data/kek.json}}");
    assertOne(Severity.WARNING, "nowhere is not there");
  }

  @Test
  void keysOfTheServiceAreItsOwn() throws IOException {
    Path keys = Files.createDirectory(folder.resolve("data/keys"));
    Path grantKey = Files.createFile(keys.resolve("grant.key"));
    mode(grantKey, "rw-r-----");
    assertOne(Severity.ERROR, "key-file-insecure");
    mode(grantKey, "rw-------");
    assertTrue(check().stream().allMatch(finding -> finding.severity() == Severity.OK));
    Files.delete(grantKey);
    Files.delete(keys);
    Files.createFile(folder.resolve("data/store.db"));
    assertOne(Severity.ERROR, "missing beside a store");
  }

  @Test
  void theLogTakesDurableWritesAndNothingIsLeft() throws IOException {
    Path log = Files.createDirectory(folder.resolve("data/log"));
    assertFound(Severity.OK, "takes durable writes");
    assertFound(Severity.OK, "MiB are free");
    try (Stream<Path> left = Files.list(log)) {
      assertEquals(0, left.count());
    }
    // Where nobody makes files, root included.
    edit("strongroom.yaml", "dataDir: data", "dataDir: data\nlog: {directory: /proc/self}");
    assertFound(Severity.ERROR, "takes no durable write");
    assertFound(Severity.ERROR, "the service wants 64");
  }

  private void assertFound(Severity severity, String what) {
    List<Finding> findings = check();
    assertTrue(
        findings.stream()
            .anyMatch(found -> found.severity() == severity && found.what().contains(what)),
        findings.toString());
  }

  @Test
  void theKekIsUsed() throws IOException {
    assertFound(Severity.OK, "wraps and unwraps");
    Path kek = folder.resolve("data/kek.json");
    Files.writeString(kek, Files.readString(kek).replace("ENABLED", "DISABLED"));
    assertOne(Severity.ERROR, "no usable primary key");
  }

  @Test
  void theStorageIsReached() {
    storageFault = "nobody answers";
    assertOne(Severity.ERROR, "nobody answers (storage-unavailable)");
  }

  @Test
  void aRealStorageIsReachedAndAnUnknownBucketIsNot(@TempDir Path objects) throws IOException {
    try (S3ProxyServer server = S3ProxyServer.start(objects);
        HttpClient http = HttpClient.newHttpClient()) {
      S3Endpoint at = server.endpoint();
      Files.writeString(
          folder.resolve("s3.yaml"),
          "accessKey: %s%nsecretKey: %s%n".formatted(at.accessKey(), at.secretKey()));
      edit("strongroom.yaml", "https://s3.example.org", at.uri().toString());
      edit("strongroom.yaml", "bucket: weights", "bucket: " + at.bucket());
      assertEquals(Severity.OK, reached(http, at.bucket()));
      edit("strongroom.yaml", "bucket: " + at.bucket(), "bucket: another");
      assertEquals(Severity.ERROR, reached(http, "another"));
    }
  }

  /** A storage that lets the bucket be looked at, and refuses what the probe is told. */
  private Severity severityWhereRefused(String method) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String asked = exchange.getRequestMethod();
          byte[] body =
              (asked.equals("POST")
                      ? "<InitiateMultipartUploadResult><UploadId>u</UploadId>"
                          + "</InitiateMultipartUploadResult>"
                      : "")
                  .getBytes(StandardCharsets.UTF_8);
          int absent = asked.equals("GET") ? 404 : 200;
          exchange.sendResponseHeaders(
              asked.equals(method) ? 403 : absent, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try (HttpClient http = HttpClient.newHttpClient()) {
      Files.writeString(folder.resolve("s3.yaml"), "accessKey: a\nsecretKey: b\n");
      String here = "http://127.0.0.1:" + server.getAddress().getPort();
      Path file = folder.resolve("strongroom.yaml");
      Files.writeString(
          file, Files.readString(file).replaceFirst("endpoint: .*", "endpoint: " + here));
      return reached(http, "weights");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aBucketThatIsOnlySeenIsNotEnough() throws IOException {
    assertEquals(Severity.OK, severityWhereRefused("none"));
    assertEquals(Severity.ERROR, severityWhereRefused("POST"));
    assertEquals(Severity.ERROR, severityWhereRefused("DELETE"));
    assertEquals(Severity.ERROR, severityWhereRefused("GET"));
  }

  private Severity reached(HttpClient http, String bucket) {
    return new ConfigCheck(InstantSource.system(), http)
        .check(folder.resolve("strongroom.yaml")).stream()
            .filter(finding -> finding.what().contains("the bucket " + bucket))
            .findFirst()
            .orElseThrow()
            .severity();
  }

  @Test
  void keysAndKeySets() throws IOException {
    Files.writeString(folder.resolve("jwks.json"), "{\"keys\":[]}");
    assertOne(Severity.ERROR, "the key set of the issuer");
    Files.delete(folder.resolve("jwks.json"));
    assertOne(Severity.ERROR, "it cannot be had");
    Files.writeString(
        folder.resolve("jwks.json"), new TestIssuer(TokenAlgorithm.ES256, "k").jwks());
    Files.writeString(folder.resolve("publisher.pem"), "no key");
    assertOne(Severity.ERROR, "the publisher 'research'");
  }

  @Test
  void certificates() throws Exception {
    certificate("keys.example.org", NOW.minus(Duration.ofDays(9)), NOW.minus(Duration.ofDays(1)));
    assertOne(Severity.ERROR, "ended at");
    certificate("keys.example.org", NOW.plus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(90)));
    assertOne(Severity.ERROR, "begins at");
    certificate("keys.example.org", NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(13)));
    assertOne(Severity.WARNING, "ends at");
    certificate("*.example.org", NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(90)));
    assertTrue(check().stream().allMatch(finding -> finding.severity() == Severity.OK));
    certificate("other.example.com", NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(90)));
    assertOne(Severity.ERROR, "does not name the origin's host");
    String key = Files.readString(folder.resolve("tls.key"));
    certificate("keys.example.org", NOW.minus(Duration.ofDays(1)), NOW.plus(Duration.ofDays(90)));
    Files.writeString(folder.resolve("tls.key"), key);
    assertOne(Severity.ERROR, "is not the one of the certificate");
    mode(folder.resolve("tls.key"), "rw-r-----");
    assertOne(Severity.ERROR, "key-file-insecure");
    Files.delete(folder.resolve("tls.pem"));
    assertOne(Severity.ERROR, "configuration-invalid");
  }

  @Test
  void thePolicyAndTheClock() throws IOException {
    edit("policy.yaml", "issuer.example.org", "issuer.example.com");
    assertOne(Severity.WARNING, "https://issuer.example.com");
    edit("policy.yaml", "issuer.example.com", "issuer.example.org");
    edit("policy.yaml", "publish, ", "");
    assertOne(Severity.WARNING, "nobody may publish");
    edit("policy.yaml", "actions: [", "actions: [publish, ");
    edit("strongroom.yaml", "endpoint: https", "endpoint: http");
    assertOne(Severity.WARNING, "without TLS");
  }

  @Test
  void aClockThatWasNeverSetIsSeen() {
    clock.advance(Duration.between(NOW, Instant.EPOCH));
    assertTrue(
        check().stream()
            .anyMatch(finding ->
                finding.severity() == Severity.ERROR
                    && finding.what().contains("the clock says 1970")));
  }

  private void edit(String name, String from, String to) throws IOException {
    Path file = folder.resolve(name);
    String before = Files.readString(file);
    assertTrue(before.contains(from), from);
    Files.writeString(file, before.replace(from, to));
  }

  private static void mode(Path file, String mode) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
  }

  private void write(String name, String label, byte[] der) throws IOException {
    Files.writeString(
        folder.resolve(name),
        "-----BEGIN "
            + label
            + "-----\n"
            + Base64.getMimeEncoder().encodeToString(der)
            + "\n-----END "
            + label
            + "-----\n");
  }

  private void certificate(String host, Instant from, Instant until) throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(256);
    KeyPair pair = generator.generateKeyPair();
    X500Name name = new X500Name("CN=test");
    byte[] certificate =
        new JcaX509v3CertificateBuilder(
                name, BigInteger.ONE, Date.from(from), Date.from(until), name, pair.getPublic())
            .addExtension(
                Extension.subjectAlternativeName,
                false,
                new GeneralNames(new GeneralName(GeneralName.dNSName, host)))
            .build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate()))
            .getEncoded();
    write("tls.pem", "CERTIFICATE", certificate);
    write("tls.key", "PRIVATE KEY", pair.getPrivate().getEncoded());
    mode(folder.resolve("tls.key"), "rw-------");
  }
}
