package dev.strongroom.keyservice;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.auditlog.LogReader;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.VerifierKey;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.http.ApiContract;
import dev.strongroom.keyservice.http.PinnedTls;
import dev.strongroom.testkit.issuer.TestIssuer;
import dev.strongroom.testkit.objectstore.S3Endpoint;
import dev.strongroom.testkit.objectstore.S3ProxyServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** A key service with everything real around it: object storage, issuer, files. */
final class TestService implements AutoCloseable {
  static final String ORIGIN = "https://keys.test";
  static final String AUDIENCE = "strongroom-test";
  static final String ISSUER = "https://issuer.test";
  static final String INFERENCE = "system:serviceaccount:ml:inference";
  static final String STRANGER = "system:serviceaccount:ml:stranger";
  static final String PUBLISHER = "release";
  static final String OPERATOR = "operator";

  private static final ApiContract CONTRACT = new ApiContract();

  private static final String POLICY =
      """
      format: strongroom-policy/v1
      bindings:
        - name: inference
          actions: [decrypt]
          subjects: [{issuer: "https://issuer.test", subject: "system:serviceaccount:ml:inference"}]
          models: [acme/*]
        - name: release
          actions: [publish]
          subjects: [{issuer: "https://issuer.test", subject: release}]
          models: [acme/*]
        - name: operators
          actions: [revoke, audit]
          subjects: [{issuer: "https://issuer.test", subject: operator}]
          models: ["*"]
      conditions:
        - name: not-the-draft-model
          models: [acme/*]
          expression: model.name != "acme/forbidden"
          explain: this model is not released to anybody
      evidence:
        - models: [acme/attested]
        - models: ["*"]
          allowUnattested: true
      leases:
        - models: ["*"]
          ttl: 60s
          max: 5m
      """;

  private final Path folder;
  private final InstantSource clock;
  private final List<AttestationVerifier> verifiers;
  private final TestIssuer issuer;
  private final S3ProxyServer storage;
  private final PublisherKey publisherKey = PublisherKey.generate(SignatureAlgorithm.EDDSA);
  private String yaml;
  private KeyServiceConfig config;
  private KeyService service;
  private HttpClient client;

  private TestService(
      Path folder,
      UnaryOperator<String> change,
      List<AttestationVerifier> verifiers,
      InstantSource clock) {
    this.clock = clock;
    this.folder = folder;
    this.verifiers = verifiers;
    this.issuer = TestIssuer.create(folder.resolve("issuer"), ISSUER, InstantSource.system());
    this.storage = S3ProxyServer.start(folder.resolve("objects"));
    publisherKey.write(folder.resolve("publisher.key"));
    this.yaml = change.apply(config(folder, storage.endpoint(), issuer));
    this.config = KeyServiceConfig.parse(yaml, folder).orThrow("the test's configuration");
    this.service = KeyService.start(config, verifiers, clock);
    this.client = PinnedTls.client(service.certificate(), HttpClient.Version.HTTP_2);
  }

  /** Starts below this folder, which must be empty. */
  static TestService start(Path folder) {
    return start(folder, "");
  }

  /** Starts with more lines of configuration. */
  static TestService start(Path folder, String more) {
    return start(folder, yaml -> yaml + more, InstantSource.system());
  }

  /** Starts with another configuration, at another time. */
  static TestService start(Path folder, UnaryOperator<String> change, InstantSource clock) {
    return new TestService(folder, change, List.of(), clock);
  }

  /** Starts with verifiers of hardware that is not there. */
  static TestService start(Path folder, List<AttestationVerifier> verifiers) {
    return new TestService(folder, UnaryOperator.identity(), verifiers, InstantSource.system());
  }

  private static String config(Path folder, S3Endpoint storage, TestIssuer issuer) {
    try {
      Files.writeString(folder.resolve("policy.yaml"), POLICY);
      Path credentials =
          Files.createFile(
              folder.resolve("s3.yaml"),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          credentials,
          "accessKey: %s%nsecretKey: %s%n".formatted(storage.accessKey(), storage.secretKey()));
    } catch (IOException e) {
      throw new IllegalStateException("the test's files cannot be written", e);
    }
    return """
    origin: %s
    dataDir: data
    listen: {host: 127.0.0.1, port: 0}
    management: {port: 0}
    policyFile: policy.yaml
    storage:
      endpoint: %s
      region: %s
      bucket: %s
      credentials: {file: s3.yaml}
    identity:
      issuers:
        - issuer: %s
          audience: %s
          jwks: {file: %s}
    publishers:
      - name: release
        keyFile: %s
        models: [acme/*]
    """
        .formatted(
            ORIGIN,
            storage.uri(),
            storage.region(),
            storage.bucket(),
            ISSUER,
            AUDIENCE,
            issuer.jwks(),
            PublisherKey.publicFile(folder.resolve("publisher.key")));
  }

  KeyService service() {
    return service;
  }

  KeyServiceConfig config() {
    return config;
  }

  /** Writes the configuration for a process of its own. */
  Path writeConfig() throws IOException {
    return Files.writeString(folder.resolve("keyservice.yaml"), yaml);
  }

  String secretOfStorage() {
    return storage.endpoint().secretKey();
  }

  Path dataDir() {
    return folder.resolve("data");
  }

  Path policyFile() {
    return folder.resolve("policy.yaml");
  }

  TestIssuer issuer() {
    return issuer;
  }

  /** Signs manifests of acme. */
  PublisherKey publisherKey() {
    return publisherKey;
  }

  HttpClient client() {
    return client;
  }

  /** Stops and starts again over the same folder. */
  void restart() {
    client.close();
    service.close();
    service = KeyService.start(config, verifiers, clock);
    client = PinnedTls.client(service.certificate(), HttpClient.Version.HTTP_2);
  }

  /** Starts again with other words in the policy. */
  void changePolicy(String before, String after) throws IOException {
    String policy = Files.readString(policyFile());
    if (!policy.contains(before)) {
      throw new IllegalArgumentException("the policy does not say " + before);
    }
    Files.writeString(policyFile(), policy.replace(before, after));
    restart();
  }

  /** Stops, and starts again over the same folder with other lines in the place of those. */
  void restart(String before, String after) {
    client.close();
    service.close();
    yaml = yaml.replace(before, after);
    config = KeyServiceConfig.parse(yaml, folder).orThrow("the test's configuration");
    service = KeyService.start(config, verifiers, clock);
    client = PinnedTls.client(service.certificate(), HttpClient.Version.HTTP_2);
  }

  /** Everything that is published of the log, in order; it follows the log within moments. */
  List<LogEvent> log() {
    var trust = service.trust().log();
    List<LogEvent> events = new ArrayList<>();
    LogReader.open(
            config.log().directory(),
            LogTrust.of(
                trust.origin(),
                trust.keys().stream().map(key -> VerifierKey.parse(key.vkey())).toList()),
            InstantSource.system())
        .forEachEntry(0, (index, leaf) -> events.add(EventCodec.read(leaf)));
    return events;
  }

  /** The events of one kind, as soon as there are any. */
  <T extends LogEvent> List<T> log(Class<T> kind) {
    List<T> events = List.of();
    while (events.isEmpty()) {
      events = log().stream().filter(kind::isInstance).map(kind::cast).toList();
    }
    return events;
  }

  String token(String subject) {
    return issuer.mint(subject, AUDIENCE, Duration.ofMinutes(10));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + service.port() + path))
        .timeout(Duration.ofSeconds(30));
  }

  /** Sends, and checks the answer against the OpenAPI document. */
  HttpResponse<String> send(HttpRequest request) throws IOException, InterruptedException {
    return checked(client.send(request, BodyHandlers.ofString()));
  }

  static HttpResponse<String> checked(HttpResponse<String> answer) {
    CONTRACT.check(
        answer.request().method(),
        answer.request().uri().getPath(),
        answer.statusCode(),
        answer.headers().firstValue("Content-Type").orElse(""),
        answer.body());
    return answer;
  }

  HttpResponse<String> postJson(String path, byte[] body) throws IOException, InterruptedException {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(body))
            .build());
  }

  HttpResponse<String> management(String path) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + service.managementPort() + path))
            .timeout(Duration.ofSeconds(30))
            .build());
  }

  @Override
  public void close() {
    client.close();
    service.close();
    storage.close();
  }
}
