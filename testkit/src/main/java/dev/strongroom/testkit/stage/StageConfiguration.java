package dev.strongroom.testkit.stage;

import dev.strongroom.testkit.objectstore.S3Endpoint;
import java.nio.file.Path;

/** Configuration and policy of a stage's key service, as an operator would write them. */
final class StageConfiguration {
  private final StageFiles files;
  private final Stage.Settings settings;
  private final S3Endpoint storage;
  private final Path jwks;
  private final int port;
  private final int managementPort;

  StageConfiguration(
      StageFiles files,
      Stage.Settings settings,
      S3Endpoint storage,
      Path jwks,
      int port,
      int managementPort) {
    this.files = files;
    this.settings = settings;
    this.storage = storage;
    this.jwks = jwks;
    this.port = port;
    this.managementPort = managementPort;
  }

  void write() {
    StageFiles.write(
        files.folder().resolve("storage-credentials.yaml"),
        "accessKey: " + storage.accessKey() + "\nsecretKey: " + storage.secretKey() + "\n",
        "rw-------");
    StageFiles.write(files.folder().resolve("policy.yaml"), policy(), "rw-r--r--");
    StageFiles.write(files.config(), configuration(), "rw-r--r--");
  }

  private String configuration() {
    return """
    origin: %s
    dataDir: keyservice
    listen: {host: 127.0.0.1, port: %d}
    management: {port: %d}
    storage:
      endpoint: %s
      region: %s
      bucket: %s
      credentials: {file: storage-credentials.yaml}
    identity:
      issuers:
        - {issuer: "%s", audience: %s, jwks: {file: %s}}
    policyFile: policy.yaml
    publishers:
      - {name: release, keyFile: publisher.pem.pub, models: ["acme/*"]}
    administrators:
      - {issuer: "%s", subject: %s}
    limits:
      requestsPerSecond: {perIdentity: %d, perModel: %d, perAddress: %d}
    leases: {maxLive: 1000000, maxLivePerSubject: 1000000, maxLivePerSubjectAndVersion: 1000000}
    %s
    """
        .formatted(
            Stage.origin(port),
            port,
            managementPort,
            storage.uri(),
            storage.region(),
            storage.bucket(),
            Stage.ISSUER,
            Stage.AUDIENCE,
            jwks.toAbsolutePath(),
            Stage.ISSUER,
            Stage.OPERATOR,
            settings.limits(),
            settings.limits(),
            settings.limits(),
            settings.kek().yaml());
  }

  private String policy() {
    return """
    format: strongroom-policy/v1
    bindings:
      - name: release
        actions: [publish]
        subjects: [{issuer: "%1$s", subject: %2$s}]
        models: ["acme/*"]
      - name: inference
        actions: [decrypt]
        subjects: [{issuer: "%1$s", subject: %3$s}]
        models: ["acme/*"]
    leases:
      - {models: ["acme/*"], ttl: %4$ds, max: 1h, modes: [sidecar, init]}
    evidence:
      - {models: ["acme/*"], allowUnattested: true}
    %5$s
    """
        .formatted(
            Stage.ISSUER,
            Stage.PUBLISHER,
            Stage.INFERENCE,
            settings.leaseSeconds(),
            settings.policy());
  }
}
