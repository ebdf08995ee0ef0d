package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.check.ConfigCheck;
import dev.strongroom.keyservice.config.check.Finding;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A start that would be refused for what the store holds is told before it is tried. */
@Timeout(120)
class StoredKeysCheckTest {
  private static final String FILE = "kek: {tink: {keysetFile: data/kek.json}}\n";
  private static final String OTHER = "kek: {tink: {keysetFile: data/other.json}}\n";

  @TempDir private Path folder;
  private TestService service;

  @BeforeEach
  void start() throws Exception {
    service = TestService.start(folder, FILE);
    var _ = PublishedModel.publish(service, "acme/chat", "1");
  }

  @AfterEach
  void stop() {
    service.close();
  }

  private List<Finding> ofTheStore(String kek) throws IOException {
    Path config = service.writeConfig();
    Files.writeString(config, Files.readString(config).replace(FILE, kek));
    return ConfigCheck.checkKeys(config).stream()
        .filter(finding -> finding.topic().equals("store"))
        .toList();
  }

  private void assertNoStart(String why, List<Finding> findings) {
    assertEquals(1, findings.size(), findings::toString);
    assertEquals(Finding.Severity.ERROR, findings.getFirst().severity());
    assertTrue(findings.getFirst().what().contains(why), findings::toString);
  }

  @Test
  void besideAServiceThatRunsTheKekIsSeenToOpenWhatItHolds() throws Exception {
    List<Finding> findings = ofTheStore(FILE);
    assertEquals(1, findings.size(), findings::toString);
    assertEquals(Finding.Severity.OK, findings.getFirst().severity(), findings::toString);
    assertTrue(findings.getFirst().what().contains("'tink': 1; it opens them"));
  }

  @Test
  void aKeysetThatIsMissingBesideItsDataKeysIsAnErrorAndIsNotMade() throws Exception {
    Files.move(service.dataDir().resolve("kek.json"), folder.resolve("backup.json"));
    assertNoStart("is not there", ofTheStore(FILE));
    assertFalse(Files.exists(service.dataDir().resolve("kek.json")));
  }

  @Test
  void anotherKeysetThanTheOneThatWrappedIsAnError() throws Exception {
    Path keyset = service.dataDir().resolve("kek.json");
    Files.move(keyset, folder.resolve("backup.json"));
    try (TestService other = TestService.start(Files.createDirectory(folder.resolve("2")), FILE)) {
      Files.copy(other.dataDir().resolve("kek.json"), keyset);
    }
    assertNoStart("kek-not-configured", ofTheStore(FILE));
    Problem refused = assertThrows(Problem.class, service::restart);
    assertEquals(ProblemCode.KEK_NOT_CONFIGURED, refused.code(), "the start says the same");
  }

  @Test
  void aMoveToAnotherKeysetWantsTheFormerOneNamed() throws Exception {
    assertNoStart("is not there", ofTheStore(OTHER));
    assertEquals(
        List.of(), ofTheStore(OTHER + "formerKeks: [{tink: {keysetFile: data/kek.json}}]\n"));
  }
}
