package dev.strongroom.cli.doctor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.cli.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigurationDoctorTest {
  @TempDir Path home;

  @Test
  void namesEveryFaultWithItsLine() throws IOException {
    Path config = home.resolve("keyservice.yaml");
    Files.writeString(config, "origin: https://keys.example.org\ndataDirr: /data\n");
    Run run = Run.of(home, "doctor", "--config", config.toString());
    assertEquals(1, run.exit());
    assertTrue(
        run.out().contains("line 2: dataDirr: unknown key; did you mean 'dataDir'?"), run.out());
    assertTrue(run.out().contains("Something is wrong"), run.out());
  }
}
