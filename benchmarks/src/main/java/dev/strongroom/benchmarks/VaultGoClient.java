package dev.strongroom.benchmarks;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.VaultServer;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Vault's own client, {@code github.com/hashicorp/vault/api}, in a process of its own. */
final class VaultGoClient implements KeyBackendStage.Load, AutoCloseable {
  private static final String MODULE = "github.com/hashicorp/vault/api@v1.22.0";

  private final Process process;
  private final BufferedWriter commands;
  private final BufferedReader rounds;

  private VaultGoClient(Process process) {
    this.process = process;
    this.commands = process.outputWriter(US_ASCII);
    this.rounds = process.inputReader(US_ASCII);
  }

  /** Builds it in this folder, and starts it. */
  static VaultGoClient start(
      Path folder, VaultServer server, String token, WrappedKey wrapped, WrapContext context)
      throws IOException, InterruptedException {
    Path work = Files.createDirectories(folder.resolve("vaultclient"));
    try (InputStream source =
        Objects.requireNonNull(VaultGoClient.class.getResourceAsStream("vaultclient/main.go"))) {
      Files.copy(source, work.resolve("main.go"));
    }
    go(work, "mod", "init", "vaultclient");
    go(work, "get", MODULE);
    go(work, "build", "-o", "vaultclient", ".");
    ProcessBuilder builder =
        new ProcessBuilder(
                work.resolve("vaultclient").toString(),
                new String(wrapped.ciphertext().bytes(), US_ASCII),
                Base64.getEncoder().encodeToString(context.bytes()))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    builder
        .environment()
        .putAll(
            Map.of(
                "VAULT_ADDR", server.address().toString(),
                "VAULT_CACERT", server.caFile().toString(),
                "VAULT_TOKEN", token));
    return new VaultGoClient(builder.start());
  }

  private static void go(Path work, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("go"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(work.toFile()).inheritIO();
    builder.environment().put("CGO_ENABLED", "0");
    if (builder.start().waitFor() != 0) {
      throw new IOException(String.join(" ", command) + " failed in " + work);
    }
  }

  @Override
  public UnwrapRounds.Round round(int callers, double seconds) throws IOException {
    commands.write(callers + " " + seconds + "\n");
    commands.flush();
    String line = rounds.readLine();
    if (line == null) {
      throw new IOException("Vault's own client ended");
    }
    String[] figures = line.split(" ", -1);
    long[] latencies = Arrays.stream(figures).skip(1).mapToLong(Long::parseLong).sorted().toArray();
    return new UnwrapRounds.Round(Double.parseDouble(figures[0]), latencies);
  }

  @Override
  public void close() {
    process.destroy();
  }
}
