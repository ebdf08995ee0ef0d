package dev.strongroom.keyservice;

import static dev.strongroom.keyservice.Answers.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.grant.GrantRequest;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What an operator sets about leases holds. */
@Timeout(120)
final class LeaseSettingsTest {

  @Test
  void thereAreAsManyLiveLeasesAsTheConfigurationAllows(@TempDir Path folder) throws Exception {
    try (TestService service = TestService.start(folder, "leases: {maxLive: 1}")) {
      PublishedModel chat = PublishedModel.publish(service, "acme/chat", "1");
      try (TestWorkload first = new TestWorkload(service, TestService.INFERENCE);
          TestWorkload second = new TestWorkload(service, TestService.INFERENCE)) {
        assertEquals(200, first.ask(chat.target()).statusCode());
        GrantRequest request = second.request(second.body(chat.target(), second.nonce().nonce()));
        refused(second.send(request), ProblemCode.OVERLOADED);
        refused(second.send(request), ProblemCode.OVERLOADED);
        assertEquals(200, first.ask(chat.target()).statusCode(), "it takes its own place");
      }
    }
  }
}
