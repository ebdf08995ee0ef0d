package dev.strongroom.delivery.agent;

import dev.strongroom.core.grant.DeliveryMode;

/** What a sidecar or init container says of itself. */
final class AgentHelp {
  private static final String TEXT =
      """
      usage: %1$s --config FILE
             %1$s --help | --version

      %2$s

      FILE is one JSON object. Required keys:
        service        URL of the key service, https
        caFile         PEM of the authorities of its certificate
        trustBundle    trust-bundle.json, from who runs the key service
        tokenFile      the identity token; read again for each request (or spiffe: SVIDs)
        model, version what to deliver
        target         the directory that appears; its parent exists and is in memory
        storageHosts   origins of the object storage, a list
      Others: storageCaFile, suite, onExpiry, podUid, leaseSeconds, consumer, readinessPort, workers,
      exceptions, verify, evidence, tpm, spiffe, grantSeconds, acknowledgeSeconds.

      Beside the target, TARGET.ready (one line of JSON) appears after it, when all is verified.
      Events go to standard output: lines for a person on a terminal, otherwise one JSON object each.

      Exit codes:
        0   %3$s
        2   the command line is wrong
        10  the service said no, or the right ended too early
        11  something received is not what was signed: stop and look
        12  the service or the storage is out of reach, or the acknowledgement was not taken
        13  the target cannot hold the model, or something of it remains: look there at once
        78  the configuration is wrong, or Java 25 is missing

      Environment of the launcher: STRONGROOM_JDK or JAVA_HOME (folder of Java 25),
      STRONGROOM_JAVA_OPTS. Every key and its default: docs/guide/deliver.md.\
      """;

  private final String name;
  private final DeliveryMode mode;

  AgentHelp(String name, DeliveryMode mode) {
    this.name = name;
    this.mode = mode;
  }

  String text() {
    return switch (mode) {
      case SIDECAR ->
          TEXT.formatted(
              name,
              "Delivers a model into memory, keeps its lease, and wipes it when the right ends or on"
                  + " SIGTERM.",
              "wiped and acknowledged at the end of the right, or on SIGTERM");
      case INIT ->
          TEXT.formatted(
              name,
              "Delivers a model into memory once and leaves. Nobody stays to wipe it: the policy must"
                  + " list\n`init` in leases[].modes.",
              "delivered");
    };
  }
}
