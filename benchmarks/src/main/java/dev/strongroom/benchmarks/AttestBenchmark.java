package dev.strongroom.benchmarks;

import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.testkit.stage.Trees;
import dev.strongroom.testkit.tpm.SoftwareTpm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Optional;

/**
 * Verifications of evidence a second by one thread, per type: of a chain that was seen before, and
 * of one that never was. Beside them the signature checks that bound them, with the same provider.
 * Then grants a second that rest on evidence and a pod of a cluster.
 */
final class AttestBenchmark implements BenchMain.Benchmark {
  private static final int ROUNDS = 7;
  private static final long ROUND_NANOS = 700_000_000L;
  private static final int COLD_PER_ROUND = 60;
  private static final long WARM_UP_NANOS = 3_000_000_000L;

  /** What is done again and again. */
  @FunctionalInterface
  private interface Work {
    void run() throws GeneralSecurityException;
  }

  @Override
  public void run(Path distribution, Path folder, Report report) throws Exception {
    System.err.println("  crypto in this process: " + CryptoProviders.install());
    Optional<String> missing = SoftwareTpm.missing();
    missing.ifPresent(what -> System.err.println("  no figure for tpm: " + what));
    try (SoftwareTpm tpm = missing.isEmpty() ? SoftwareTpm.start(folder) : null) {
      for (AttestSample sample : AttestSample.all(tpm)) {
        AttestationVerifier kept = sample.verifier().get();
        measure(report, sample.name(), "chain seen before", () -> sample.verify(kept));
        report.add(cold(sample));
      }
    }
    signature(report, "EC", "secp256r1", "SHA256withECDSA");
    signature(report, "EC", "secp384r1", "SHA384withECDSA");
    signature(report, "RSA", "2048", "SHA256withRSA");
    signature(report, "RSA", "4096", "SHA384withRSA");
    Path disk = Files.createTempDirectory("strongroom-bench-");
    try {
      new AttestedGrantBenchmark().run(distribution, disk, report);
    } finally {
      Trees.remove(disk);
    }
  }

  private static void measure(Report report, String what, String subject, Work work)
      throws GeneralSecurityException {
    var _ = timesIn(WARM_UP_NANOS, work);
    double[] rate = new double[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
      long begin = System.nanoTime();
      long times = timesIn(ROUND_NANOS, work);
      rate[i] = times * 1e9 / (System.nanoTime() - begin);
    }
    report.add(Result.of(what, subject, "rate, one thread", "1/s", rate));
  }

  private static Result cold(AttestSample sample) throws GeneralSecurityException {
    RememberedCertificates remembered = new RememberedCertificates();
    double[] rate = new double[ROUNDS];
    for (int i = -1; i < ROUNDS; i++) {
      long nanos = 0;
      for (int n = 0; n < COLD_PER_ROUND; n++) {
        AttestationVerifier verifier = sample.verifier().get();
        remembered.forget();
        long begin = System.nanoTime();
        sample.verify(verifier);
        nanos += System.nanoTime() - begin;
      }
      rate[Math.max(i, 0)] = COLD_PER_ROUND * 1e9 / nanos;
    }
    return Result.of(sample.name(), "chain never seen", "rate, one thread", "1/s", rate);
  }

  private static long timesIn(long nanos, Work work) throws GeneralSecurityException {
    long times = 0;
    for (long end = System.nanoTime() + nanos; System.nanoTime() < end; times++) {
      work.run();
    }
    return times;
  }

  private static void signature(Report report, String type, String size, String algorithm)
      throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(type);
    if ("EC".equals(type)) {
      generator.initialize(new ECGenParameterSpec(size));
    } else {
      generator.initialize(Integer.parseInt(size));
    }
    KeyPair keys = generator.generateKeyPair();
    byte[] message = new byte[1024];
    Signature signer = Signature.getInstance(algorithm);
    signer.initSign(keys.getPrivate());
    signer.update(message);
    byte[] signature = signer.sign();
    measure(
        report,
        "one signature check",
        type + " " + size,
        () -> {
          Signature check = Signature.getInstance(algorithm);
          check.initVerify(keys.getPublic());
          check.update(message);
          if (!check.verify(signature)) {
            throw new GeneralSecurityException("the signature does not hold");
          }
        });
  }
}
