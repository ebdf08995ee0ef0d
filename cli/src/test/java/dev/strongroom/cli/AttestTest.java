package dev.strongroom.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.strongroom.core.json.StrictJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Evidence of real hardware on the command line; where it is from, SOURCES.md beside it says. */
class AttestTest {
  private static final Path VECTORS =
      Path.of("../attestation/src/test/resources/dev/strongroom/attestation");

  @TempDir private Path folder;

  /** The names that the guide uses. */
  @BeforeEach
  void layOut() throws IOException {
    copy("snp/trustee/test-report.bin", "report.bin");
    copy("snp/trustee/test-vcek.der", "vcek.der");
    copy("nitro/nitro_attestation.bin", "document.cbor");
    copy("nvidia/hopperAttestationReport.txt", "gpu.hex");
    copy("nvidia/hopperCertChain.txt", "gpu-chain.pem");
  }

  private void copy(String vector, String name) throws IOException {
    var _ = Files.copy(VECTORS.resolve(vector), folder.resolve(name));
  }

  private Run verify(String... arguments) {
    List<String> words = new ArrayList<>(List.of("attest", "verify"));
    words.addAll(Arrays.asList(arguments));
    return run(words);
  }

  /** Files that are named stand in the folder. */
  private Run run(List<String> words) {
    return Run.of(
        folder,
        words.stream()
            .map(
                word -> Files.exists(folder.resolve(word)) ? folder.resolve(word).toString() : word)
            .toArray(String[]::new));
  }

  private static JsonNode json(Run run) throws IOException {
    assertEquals(0, run.exit(), run.err());
    return StrictJson.mapper().readTree(run.out());
  }

  @Test
  void theCommandsOfTheGuideWork() throws IOException {
    List<String> commands =
        Files.readAllLines(Path.of("../docs/guide/attestation.md")).stream()
            .filter(line -> line.startsWith("strongroom attest verify "))
            .toList();
    assertEquals(3, commands.size());
    for (String command : commands) {
      List<String> words = new ArrayList<>(List.of(command.split(" ")));
      words.removeFirst();
      Run run = run(words);
      assertEquals(0, run.exit(), command + ": " + run.err());
    }
  }

  @Test
  void evidenceMayBeRawHexadecimalOrBase64() throws IOException {
    byte[] raw = Files.readAllBytes(folder.resolve("report.bin"));
    Files.writeString(folder.resolve("hex"), HexFormat.of().withUpperCase().formatHex(raw) + "\n");
    Files.writeString(folder.resolve("base64"), Base64.getMimeEncoder().encodeToString(raw));
    JsonNode claims =
        json(
            verify(
                "--json",
                "--type",
                "snp",
                "--evidence",
                "report.bin",
                "--endorsement",
                "vcek.der"));
    for (String spelling : List.of("hex", "base64")) {
      assertEquals(
          claims,
          json(
              verify(
                  "--json", "--type", "snp", "--evidence", spelling, "--endorsement", "vcek.der")));
    }
    assertTrue(claims.at("/claims/measurement").isTextual(), claims::toString);
  }

  @Test
  void endorsementsMayBeAFolderWithOthersInIt() throws IOException {
    Path chips = Files.createDirectory(folder.resolve("chips"));
    for (String vcek : List.of("test-vcek-invalid-new.der", "test-vcek.der")) {
      var _ = Files.copy(VECTORS.resolve("snp/trustee").resolve(vcek), chips.resolve(vcek));
    }
    assertEquals(
        0, verify("--type", "snp", "--evidence", "report.bin", "--endorsement", "chips").exit());
  }

  @Test
  void aRefusalHasItsCode() throws IOException {
    copy("snp/trustee/test-vcek-invalid-new.der", "other.der");
    Run other = verify("--type", "snp", "--evidence", "report.bin", "--endorsement", "other.der");
    assertEquals(1, other.exit());
    assertTrue(other.err().startsWith("certificate-mismatch: "), other.err());

    Run bound =
        verify(
            "--json",
            "--type",
            "snp",
            "--evidence",
            "report.bin",
            "--endorsement",
            "vcek.der",
            "--nonce",
            "00ff");
    assertEquals(1, bound.exit());
    assertTrue(bound.err().contains("\"binding-mismatch\""), bound.err());

    Run late =
        verify("--type", "nitro", "--evidence", "document.cbor", "--at", "2026-12-25T14:00:00Z");
    assertEquals(1, late.exit());
    assertTrue(late.err().startsWith("certificate-expired: "), late.err());
  }

  @Test
  void misuseIsTold() {
    assertEquals(2, verify("--type", "sgx", "--evidence", "report.bin").exit());
    assertEquals(2, verify("--type", "snp", "--evidence", "nothing.bin").exit());
    assertEquals(2, verify("--type", "snp", "--evidence", "report.bin", "--nonce", "xyz").exit());
    assertEquals(2, verify("--type", "snp", "--evidence", "report.bin", "--at", "tomorrow").exit());
    assertEquals(2, verify("--type", "snp").exit());
  }
}
