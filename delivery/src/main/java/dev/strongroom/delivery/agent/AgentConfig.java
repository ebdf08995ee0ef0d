package dev.strongroom.delivery.agent;

import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.seal.SealSuite;
import dev.strongroom.delivery.attest.tpm.TpmSettings;
import dev.strongroom.delivery.spiffe.SpiffeSettings;
import dev.strongroom.delivery.stream.ModelDelivery;
import dev.strongroom.delivery.stream.Verification;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The configuration of a sidecar or an init container: one JSON file. Every member is named in
 * {@code docs/guide/deliver.md}; an unknown one is refused.
 *
 * @param service URL of the key service
 * @param caFile PEM of the authorities that its certificate is checked against; no others are
 * @param trustBundle JSON file with the pinned keys
 * @param tokenFile the identity token; read again for each request. Null where SVIDs identify
 * @param model organisation/name
 * @param version of it
 * @param target the directory that appears; its parent is in memory
 * @param storageHosts origins of the object storage
 * @param storageCaFile PEM for the storage's certificate; null for the runtime's own trust
 * @param suite how the data key is sealed; null for X25519
 * @param onExpiry what is to happen when the lease runs out unheard; null for {@code wipe}
 * @param podUid uid of the pod; null outside Kubernetes
 * @param leaseSeconds the lease to ask for; null for what the policy gives
 * @param consumer who reads the weights; null when nobody is known
 * @param readinessPort loopback port of {@code /readyz}; null for none
 * @param workers connections and threads; null for the number of cores
 * @param exceptions what the operator takes upon himself: {@value #NOT_MEMORY}, {@value #SWAP}
 * @param grantSeconds how long to ask for a grant while the service is busy or away; null for 60
 * @param acknowledgeSeconds how long to try to tell of the wipe; null for 300
 * @param verify what must hold before the model is visible; null for {@code tags}
 * @param evidence types of evidence to send with each request for a grant, of {@link
 *     EvidenceSources#TYPES}; null for none
 * @param tpm how the TPM is asked, where {@code evidence} names it; null for the defaults
 * @param spiffe SVIDs from the Workload API; null where the token file alone identifies
 */
public record AgentConfig(
    String service,
    String caFile,
    String trustBundle,
    @Nullable String tokenFile,
    ModelName model,
    VersionId version,
    String target,
    List<String> storageHosts,
    @Nullable String storageCaFile,
    @Nullable SealSuite suite,
    @Nullable ExpiryMode onExpiry,
    @Nullable String podUid,
    @Nullable Long leaseSeconds,
    @Nullable Consumer consumer,
    @Nullable Integer readinessPort,
    @Nullable Integer workers,
    @Nullable List<String> exceptions,
    @Nullable Long grantSeconds,
    @Nullable Long acknowledgeSeconds,
    @Nullable Verification verify,
    @Nullable List<String> evidence,
    @Nullable TpmSettings tpm,
    @Nullable SpiffeSettings spiffe) {
  static final String NOT_MEMORY = "target-not-memory";
  static final String SWAP = "swap-enabled";

  private static final int MAX_PORT = 65_535;
  private static final long MAX_SECONDS = 86_400;

  /**
   * @throws dev.strongroom.core.problem.Problem when a member is missing or out of range
   */
  public AgentConfig {
    Require.present(service, "service");
    Require.present(caFile, "caFile");
    Require.present(trustBundle, "trustBundle");
    requireIdentity(tokenFile, spiffe);
    Require.present(model, "model");
    Require.present(version, "version");
    Require.present(target, "target");
    storageHosts = List.copyOf(Require.present(storageHosts, "storageHosts"));
    exceptions = exceptions == null ? List.of() : List.copyOf(exceptions);
    Require.that(
        Set.of(NOT_MEMORY, SWAP).containsAll(exceptions),
        "exceptions are " + NOT_MEMORY + " and " + SWAP);
    Require.that(
        readinessPort == null || (readinessPort >= 0 && readinessPort <= MAX_PORT),
        "readinessPort is 0 to 65535");
    Require.that(
        workers == null || (workers >= 1 && workers <= ModelDelivery.MAX_WORKERS),
        "workers is 1 to " + ModelDelivery.MAX_WORKERS);
    evidence = evidence == null ? List.of() : List.copyOf(evidence);
    Require.that(
        EvidenceSources.TYPES.containsAll(evidence), "evidence is of " + EvidenceSources.TYPES);
    Require.that(Set.copyOf(evidence).size() == evidence.size(), "evidence names a type twice");
    Require.that(
        tpm == null || evidence.contains(EvidenceSources.TPM),
        "tpm says how a TPM is asked, but evidence does not name tpm");
    requireSeconds(grantSeconds, "grantSeconds");
    requireSeconds(acknowledgeSeconds, "acknowledgeSeconds");
  }

  private static void requireIdentity(@Nullable String tokenFile, @Nullable SpiffeSettings spiffe) {
    Require.that(tokenFile != null || spiffe != null, "a tokenFile or spiffe is wanted");
    Require.that(
        tokenFile == null || spiffe == null || !spiffe.jwt(),
        "one identity token is sent: tokenFile, or jwt among spiffe.kinds");
  }

  private static void requireSeconds(@Nullable Long value, String name) {
    Require.that(
        value == null || (value >= 1 && value <= MAX_SECONDS), name + " is 1 to " + MAX_SECONDS);
  }

  /**
   * Who reads the weights and is stopped before they go.
   *
   * @param hook program and arguments; exit status 0 means that the consumer has ended
   * @param pidFile holds the consumer's process id
   * @param stopSeconds how long the hook, or the process after SIGTERM, may take; null for 10
   */
  public record Consumer(
      @Nullable List<String> hook, @Nullable String pidFile, @Nullable Long stopSeconds) {
    public Consumer {
      hook = hook == null ? null : List.copyOf(hook);
      Require.that(
          pidFile != null || (hook != null && !hook.isEmpty()),
          "a consumer has a hook or a pidFile");
      requireSeconds(stopSeconds, "consumer.stopSeconds");
    }
  }

  ModelVersion modelVersion() {
    return new ModelVersion(model, version);
  }

  List<String> evidenceTypes() {
    return evidence == null ? List.of() : evidence;
  }

  boolean excepts(String name) {
    return exceptions != null && exceptions.contains(name);
  }
}
