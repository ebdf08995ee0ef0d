package dev.strongroom.cli.command;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.cli.connect.ConnectionOptions;
import dev.strongroom.cli.connect.Session;
import dev.strongroom.cli.output.JsonTable;
import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.output.Table;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestFile;
import dev.strongroom.core.manifest.ManifestVerifier;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.progress.Sizes;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What is published, and what is being published. */
@Command(
    name = "version",
    header = "List, show and abandon versions.",
    description =
        "A published version never changes. A draft is a version that is being published.",
    footer = {
      "Examples:",
      "  strongroom version list acme/chat",
      "  strongroom version show acme/chat 3",
      "  strongroom version drafts",
      "  strongroom version abandon draft-0123456789abcdef0123456789abcdef"
    })
public final class VersionCommand implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Name one of list, show, drafts, abandon.");
  }

  private Output output() {
    return Strongroom.above(spec).output();
  }

  @Command(
      name = "list",
      header = "List the published versions of a model.",
      footer = {"Example:", "  strongroom version list acme/chat"})
  void list(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "MODEL", description = "ORG/NAME") String model) {
    ModelName name = new ModelName(model);
    try (Session session = connection.session()) {
      JsonNode versions = session.get("/v1/models/" + name + "/versions").path("versions");
      Output output = output();
      output.json(versions);
      if (versions.isEmpty()) {
        output.line("No version of " + name + " is published.");
      } else {
        output.table(JsonTable.of(versions, "model", "version", "publishedAt", "files", "bytes"));
      }
    }
  }

  @Command(
      name = "show",
      header = "Show a version and the files of its signed manifest.",
      description = "The manifest's signature is verified with the publishers of the trust bundle.",
      footer = {"Example:", "  strongroom version show acme/chat 3"})
  void show(
      @Mixin ConnectionOptions connection,
      @Parameters(index = "0", paramLabel = "MODEL", description = "ORG/NAME") String model,
      @Parameters(index = "1", paramLabel = "VERSION", description = "its name") String version) {
    ModelName name = new ModelName(model);
    VersionId id = new VersionId(version);
    TrustBundle trust = connection.trust();
    try (Session session = connection.session()) {
      JsonNode found = session.get("/v1/models/" + name + "/versions/" + id);
      VerifiedManifest verified =
          new ManifestVerifier(
                  trust
                      .publisherKeys(name, Strongroom.above(spec).environment().clock().instant())
                      .stream()
                      .map(PinnedKey::publicKey)
                      .toList())
              .verify(new Blob(found.path("manifest").asText("")).bytes());
      Manifest manifest = verified.manifest();
      if (!manifest.model().equals(name) || !manifest.version().equals(id)) {
        throw new Problem(
            ProblemCode.MANIFEST_DIGEST_MISMATCH, "the service sent another version's manifest");
      }
      print(verified);
    }
  }

  private void print(VerifiedManifest verified) {
    Manifest manifest = verified.manifest();
    Output output = output();
    output.json(Map.of("manifest", manifest, "digest", verified.digest()));
    output.line("Version          " + manifest.model() + " " + manifest.version());
    output.line("Created          " + manifest.createdAt());
    output.line("Manifest digest  " + verified.digest());
    output.line("Signed by        " + verified.signers());
    if (manifest.omsRootDigest() != null) {
      output.line("OMS root digest  " + manifest.omsRootDigest());
    }
    output.line(
        "Files            "
            + manifest.totals().files()
            + ", "
            + Sizes.bytes(manifest.totals().plaintextBytes()));
    output.line("");
    Table table = new Table("PATH", "MODE", "SIZE", "SHA-256");
    for (ManifestFile file : manifest.files()) {
      table.row(
          file.path().value(),
          Integer.toOctalString(file.mode()),
          Sizes.bytes(file.plaintextSize()),
          file.sha256().hex());
    }
    output.table(table);
  }

  @Command(
      name = "drafts",
      header = "List versions that are being published.",
      footer = {"Example:", "  strongroom version drafts"})
  void drafts(@Mixin ConnectionOptions connection) {
    try (Session session = connection.session()) {
      JsonNode drafts = session.get("/v1/drafts").path("drafts");
      Output output = output();
      output.json(drafts);
      if (drafts.isEmpty()) {
        output.line("Nothing is being published.");
      } else {
        output.table(JsonTable.of(drafts, "draft", "model", "version"));
      }
    }
  }

  @Command(
      name = "abandon",
      header = "Give up a draft and delete what was uploaded.",
      description = "A published version cannot be abandoned; revoke it instead.",
      footer = {"Example:", "  strongroom version abandon draft-0123456789abcdef0123456789abcdef"})
  void abandon(
      @Mixin ConnectionOptions connection,
      @Parameters(paramLabel = "DRAFT", description = "as 'version drafts' lists it")
          String draft) {
    DraftId id = new DraftId(draft);
    try (Session session = connection.session()) {
      session.delete("/v1/drafts/" + id);
      output().json(Map.of("abandoned", id));
      output().line("Abandoned " + id + ". The version can be published again from the start.");
    }
  }
}
