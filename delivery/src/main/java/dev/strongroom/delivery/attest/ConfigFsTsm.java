package dev.strongroom.delivery.attest;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.Evidence;
import dev.strongroom.core.grant.KeyBinding;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Reports of SEV-SNP and quotes of TDX through the kernel's configfs-tsm (Linux 6.7,
 * Documentation/ABI/testing/configfs-tsm-report): a folder is made, the report data written into
 * its {@code inblob}, the evidence read from its {@code outblob}. What the hypervisor adds in
 * {@code auxblob} (for SEV-SNP the certificate table) goes along behind the report.
 */
public final class ConfigFsTsm implements EvidenceSource {
  /** Where the kernel has it, when configfs is mounted at its usual place. */
  public static final Path REPORTS = Path.of("/sys/kernel/config/tsm/report");

  private static final Map<String, String> PROVIDERS =
      Map.of("sev-snp", "sev_guest", "tdx", "tdx_guest");

  private final String type;
  private final String provider;
  private final Path reports;
  private final Folders folders;

  /** Makes and removes folders, as {@link Files} does. */
  interface Folders {
    void make(Path folder) throws IOException;

    void remove(Path folder) throws IOException;
  }

  private static final class KernelFolders implements Folders {
    @Override
    public void make(Path folder) throws IOException {
      Files.createDirectory(folder);
    }

    // The kernel removes what is in it.
    @Override
    public void remove(Path folder) throws IOException {
      Files.delete(folder);
    }
  }

  /**
   * @param type {@code sev-snp} or {@code tdx}
   */
  public ConfigFsTsm(String type) {
    this(type, REPORTS, new KernelFolders());
  }

  ConfigFsTsm(String type, Path reports, Folders folders) {
    String known = PROVIDERS.get(type);
    if (known == null) {
      throw new IllegalArgumentException("configfs-tsm gives no evidence of the type " + type);
    }
    this.type = type;
    this.provider = known;
    this.reports = reports;
    this.folders = folders;
  }

  @Override
  public Evidence collect(KeyBinding binding, @Nullable Sha256Digest gpuEvidence) {
    Path folder = reports.resolve("strongroom-" + UUID.randomUUID());
    try {
      folders.make(folder);
    } catch (IOException e) {
      throw unavailable(
          "no report can be asked for at "
              + reports
              + ": a guest of "
              + type
              + " with Linux 6.7 or later, configfs mounted, and root rights are wanted",
          e);
    }
    try {
      return new Evidence(type, Blob.of(report(folder, binding.reportData(gpuEvidence))));
    } catch (IOException e) {
      throw unavailable("the kernel gives no report for " + type + ": " + e.getMessage(), e);
    } finally {
      remove(folder);
    }
  }

  private byte[] report(Path folder, byte[] reportData) throws IOException {
    String found = Files.readString(folder.resolve("provider"), StandardCharsets.US_ASCII).strip();
    if (!found.equals(provider)) {
      throw unavailable(
          "this machine gives evidence of '"
              + found
              + "', and the configuration names the type "
              + type,
          null);
    }
    // No CREATE: what is not there is not to be made.
    var _ = Files.write(folder.resolve("inblob"), reportData, StandardOpenOption.WRITE);
    long generation = generation(folder);
    ByteArrayOutputStream report = new ByteArrayOutputStream();
    report.writeBytes(Files.readAllBytes(folder.resolve("outblob")));
    report.writeBytes(optional(folder.resolve("auxblob")));
    if (generation(folder) != generation) {
      throw unavailable("another process wrote into the report that was asked for", null);
    }
    return report.toByteArray();
  }

  private static long generation(Path folder) throws IOException {
    String text = Files.readString(folder.resolve("generation"), StandardCharsets.US_ASCII);
    try {
      return Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      throw new IOException("its generation is no number", e);
    }
  }

  // Providers without it have no such file.
  private static byte[] optional(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return new byte[0];
    }
  }

  private void remove(Path folder) {
    try {
      folders.remove(folder);
    } catch (IOException e) {
      // It costs the kernel a page, and nothing in it is secret: no reason to fail a request.
    }
  }

  private static Problem unavailable(String message, @Nullable Exception cause) {
    return new Problem(ProblemCode.EVIDENCE_UNAVAILABLE, message, cause);
  }
}
