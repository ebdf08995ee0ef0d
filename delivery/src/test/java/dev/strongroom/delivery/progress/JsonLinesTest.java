package dev.strongroom.delivery.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.ProcessHardening;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class JsonLinesTest {
  private static String line(DeliveryEvent event) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    new JsonLines(new PrintStream(bytes, true, StandardCharsets.UTF_8), () -> Instant.EPOCH)
        .on(event);
    return bytes.toString(StandardCharsets.UTF_8).strip();
  }

  @Test
  void theStartTellsModelTargetAndWhatProtectsTheProcess() {
    assertEquals(
        "{\"at\":\"1970-01-01T00:00:00Z\",\"event\":\"started\",\"model\":\"acme/chat\","
            + "\"version\":\"3\",\"target\":\"/models/chat\",\"crypto\":\"ACCP\","
            + "\"cryptoNote\":\"it passed its self-test\",\"notDumpable\":true,"
            + "\"noCoreFiles\":true,\"attachDisabled\":false,\"memoryLocking\":false}",
        line(
            new DeliveryEvent.Started(
                ModelVersion.parse("acme/chat:3"),
                "/models/chat",
                "ACCP",
                "it passed its self-test",
                new ProcessHardening(true, true, false, false))));
  }

  @Test
  void troubleWithStorageNamesHostCauseAndAttempt() {
    assertEquals(
        "{\"at\":\"1970-01-01T00:00:00Z\",\"event\":\"source-trouble\","
            + "\"host\":\"s3.example.org\",\"code\":\"source-unavailable\","
            + "\"message\":\"silent\",\"attempt\":3}",
        line(
            new DeliveryEvent.SourceTrouble(
                "s3.example.org", ProblemCode.SOURCE_UNAVAILABLE, "silent", 3)));
  }

  @Test
  void leavingSaysWhatBecomesOfTheLease() {
    LeaseId lease = LeaseId.random(new SecureRandom());
    assertEquals(
        "{\"at\":\"1970-01-01T00:00:00Z\",\"event\":\"left\",\"lease\":\""
            + lease.value()
            + "\",\"message\":\"the model stays, and the lease runs out by itself\"}",
        line(new DeliveryEvent.Left(lease)));
  }
}
