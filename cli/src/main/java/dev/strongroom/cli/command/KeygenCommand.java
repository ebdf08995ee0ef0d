package dev.strongroom.cli.command;

import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.output.Output;
import dev.strongroom.core.jose.SignatureAlgorithm;
import dev.strongroom.core.manifest.PublisherKey;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes keys. */
@Command(
    name = "keygen",
    header = "Make a key pair.",
    description = "What is made stays on this machine; give away the .pub file only.",
    footer = {
      "Examples:",
      "  strongroom keygen publisher publisher.pem",
      "  strongroom keygen approver alice.pem"
    })
public final class KeygenCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "Name what the key is for: publisher, approver.");
  }

  @Command(
      name = "publisher",
      header = "Make the key that signs manifests.",
      description = {
        "Writes FILE (PEM, PKCS#8, mode 0600) and FILE.pub (PEM). Neither may exist.",
        "Give FILE.pub to who runs the key service, for 'publishers' in its configuration and in the",
        "trust bundle."
      },
      footer = {"Example:", "  strongroom keygen publisher publisher.pem"})
  void publisher(
      @Parameters(paramLabel = "FILE", description = "The private key file to make.") Path file,
      @Option(
              names = "--algorithm",
              paramLabel = "NAME",
              defaultValue = "EDDSA",
              description = "EdDSA (Ed25519, the default) or ES256 (P-256).")
          SignatureAlgorithm algorithm) {
    make(file, algorithm);
  }

  @Command(
      name = "approver",
      header = "Make the key that approves policies.",
      description = {
        "Writes FILE (PEM, PKCS#8, mode 0600) and FILE.pub (PEM). Neither may exist.",
        "Give FILE.pub to who runs the key service, for 'policy.approvers' in its configuration."
      },
      footer = {"Example:", "  strongroom keygen approver alice.pem"})
  void approver(
      @Parameters(paramLabel = "FILE", description = "The private key file to make.") Path file,
      @Option(
              names = "--algorithm",
              paramLabel = "NAME",
              defaultValue = "EDDSA",
              description = "EdDSA (Ed25519, the default) or ES256 (P-256).")
          SignatureAlgorithm algorithm) {
    make(file, algorithm);
  }

  private void make(Path file, SignatureAlgorithm algorithm) {
    PublisherKey key = PublisherKey.generate(algorithm);
    key.write(file);
    Output output = Strongroom.above(spec).output();
    Path publicFile = PublisherKey.publicFile(file);
    String spki = Base64.getEncoder().encodeToString(key.publicKey().getEncoded());
    output.line("Private key  " + file + " (keep it; mode 0600)");
    output.line("Public key   " + publicFile);
    output.line("Key id       " + key.keyId());
    output.line("SPKI         " + spki);
    Map<String, String> result = new LinkedHashMap<>();
    result.put("privateKey", file.toString());
    result.put("publicKey", publicFile.toString());
    result.put("keyId", key.keyId().hex());
    result.put("spki", spki);
    output.json(result);
  }
}
