package dev.strongroom.testkit.tpm;

import dev.strongroom.testkit.kms.Tools;
import dev.strongroom.testkit.process.ChildProcess;
import dev.strongroom.testkit.process.FreePorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * A TPM 2.0 of swtpm (Debian {@code swtpm}, {@code swtpm-tools}), made by an authority of its own
 * that has certified its endorsement keys, and the tools to speak with it (Debian {@code
 * tpm2-tools}). Its banks are SHA-256 and SHA-384. Closing ends it.
 */
public final class SoftwareTpm implements AutoCloseable {
  /** NV index of the certificate of the RSA-2048 endorsement key (template L-1). */
  public static final String RSA_EK_CERTIFICATE = "0x01c00002";

  /** NV index of the certificate of the ECC P-384 endorsement key (template H-3). */
  public static final String P384_EK_CERTIFICATE = "0x01c00016";

  private static final Duration STARTS_WITHIN = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 5;

  private final Path folder;
  private final Path authority;
  private final ChildProcess process;
  private final Map<String, String> environment;
  private final String tcti;

  private SoftwareTpm(Path folder, Path authority, ChildProcess process, int port) {
    this.folder = folder;
    this.authority = authority;
    this.process = process;
    this.tcti = "swtpm:host=127.0.0.1,port=" + port;
    this.environment = Map.of("TPM2TOOLS_TCTI", tcti);
  }

  /** Why it cannot be used here, when it cannot. */
  public static Optional<String> missing() {
    return Tools.missing("swtpm", "swtpm")
        .or(() -> Tools.missing("swtpm_setup", "swtpm-tools"))
        .or(() -> Tools.missing("tpm2_quote", "tpm2-tools"));
  }

  /**
   * Makes one and starts it.
   *
   * @param folder empty; keeps its state, and what the tools write
   */
  public static SoftwareTpm start(Path folder) {
    try {
      Path state = Files.createDirectories(folder.resolve("state"));
      Path authority = Files.createDirectories(folder.resolve("authority"));
      var _ =
          Tools.run(
              Map.of(),
              List.of(
                  "swtpm_setup",
                  "--tpm2",
                  "--runas",
                  System.getProperty("user.name"),
                  "--tpmstate",
                  state.toString(),
                  "--create-ek-cert",
                  "--config",
                  configuration(folder, authority).toString()));
      return launch(folder, state, authority);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path configuration(Path folder, Path authority) throws IOException {
    Path options =
        Files.writeString(
            folder.resolve("localca.options"),
            "--platform-manufacturer Strongroom\n--platform-version 1\n--platform-model test\n");
    Path localCa =
        Files.writeString(
            folder.resolve("localca.conf"),
            """
            statedir = %1$s
            signingkey = %1$s/signkey.pem
            issuercert = %1$s/issuercert.pem
            certserial = %1$s/certserial
            """
                .formatted(authority));
    return Files.writeString(
        folder.resolve("setup.conf"),
        """
        create_certs_tool = swtpm_localca
        create_certs_tool_config = %s
        create_certs_tool_options = %s
        active_pcr_banks = sha256,sha384
        """
            .formatted(localCa, options));
  }

  /** swtpm cannot let the system choose its ports: another process may take one first. */
  private static SoftwareTpm launch(Path folder, Path state, Path authority) {
    AssertionError last = null;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      // The tools look for the control channel one port above.
      int port = FreePorts.next();
      Path ready = folder.resolve("pid-" + attempt);
      ChildProcess process =
          ChildProcess.start(
              List.of(
                  "swtpm",
                  "socket",
                  "--tpm2",
                  "--tpmstate",
                  "dir=" + state,
                  "--server",
                  "type=tcp,bindaddr=127.0.0.1,port=" + port,
                  "--ctrl",
                  "type=tcp,bindaddr=127.0.0.1,port=" + (port + 1),
                  "--flags",
                  "not-need-init,startup-clear",
                  "--pid",
                  "file=" + ready),
              Map.of());
      SoftwareTpm tpm = new SoftwareTpm(folder, authority, process, port);
      try {
        tpm.awaitReady(ready);
        return tpm;
      } catch (AssertionError e) {
        process.close();
        last = e;
      }
    }
    throw new IllegalStateException("swtpm does not start", last);
  }

  private void awaitReady(Path pidFile) {
    long deadline = System.nanoTime() + STARTS_WITHIN.toNanos();
    while (!Files.exists(pidFile)) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError("swtpm did not become ready: " + process.output());
      }
      LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
    }
    var _ = run("tpm2_getcap", "properties-fixed");
  }

  /** The way to it, as tpm2-tools write it. */
  public String tcti() {
    return tcti;
  }

  /** Makes an attestation key below an endorsement key, and keeps it at this handle. */
  public void keepAttestationKey(String handle, String algorithm, String hash, String scheme) {
    var _ = run("tpm2_createek", "-c", "kept-ek.ctx", "-G", "rsa", "-u", "kept-ek.pub");
    var _ =
        run(
            "tpm2_createak",
            "-C",
            "kept-ek.ctx",
            "-c",
            "kept-ak.ctx",
            "-G",
            algorithm,
            "-g",
            hash,
            "-s",
            scheme);
    var _ = run("tpm2_evictcontrol", "-C", "o", "-c", "kept-ak.ctx", handle);
  }

  /** The root that the certificates of its endorsement keys lead to, PEM. */
  public byte[] rootCertificate() {
    return read(authority.resolve("swtpm-localca-rootca-cert.pem"));
  }

  /** The intermediate between, PEM. */
  public byte[] issuerCertificate() {
    return read(authority.resolve("issuercert.pem"));
  }

  /**
   * Runs one of tpm2-tools in its folder, so that file names are relative to that, and clears the
   * few places for transient objects and sessions afterwards.
   *
   * @return what it wrote
   * @throws IllegalStateException when it fails
   */
  public String run(String tool, String... arguments) {
    String output = runKeepingSessions(tool, arguments);
    var _ = runKeepingSessions("tpm2_flushcontext", "--transient-object");
    return output;
  }

  private String runKeepingSessions(String tool, String... arguments) {
    List<String> command = new ArrayList<>(List.of("env", "-C", folder.toString(), tool));
    command.addAll(List.of(arguments));
    return Tools.run(environment, command);
  }

  /** What an NV index holds. */
  public byte[] readNv(String index) {
    var _ = run("tpm2_nvread", index, "-o", "nv.bin");
    return file("nv.bin");
  }

  /** A file that a tool has written. */
  public byte[] file(String name) {
    return read(folder.resolve(name));
  }

  /** Writes a file for a tool. */
  public void write(String name, byte[] content) {
    try {
      var _ = Files.write(folder.resolve(name), content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.close();
  }
}
