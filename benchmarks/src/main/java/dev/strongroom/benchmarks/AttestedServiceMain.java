package dev.strongroom.benchmarks;

import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.attestation.x509.Revocation;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.keyservice.KeyService;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/**
 * A key service that takes reports of SEV-SNP under a root of the benchmark's: the shipped one has
 * AMD's pinned, and no configuration changes that.
 */
public final class AttestedServiceMain {
  private AttestedServiceMain() {}

  /**
   * @param arguments the configuration, and the files of the root and of the intermediate, DER
   */
  public static void main(String[] arguments) throws Exception {
    System.err.println("  crypto in the service: " + CryptoProviders.install());
    X509Certificate root = certificate(arguments[1]);
    X509Certificate authority = certificate(arguments[2]);
    SnpVerifier verifier =
        new SnpVerifier(
            new PinnedRoots(List.of(root), List.of(authority)),
            Revocation.CHECKED_WHERE_GIVEN,
            Set.of(0));
    try (KeyService service =
        KeyService.start(
            KeyServiceConfig.read(Path.of(arguments[0])),
            List.of(verifier),
            InstantSource.system())) {
      System.out.println("listening on " + service.port());
      var _ = System.in.read();
    }
  }

  private static X509Certificate certificate(String file) throws Exception {
    return Endorsements.parse(List.of(Files.readAllBytes(Path.of(file)))).certificates().getFirst();
  }
}
