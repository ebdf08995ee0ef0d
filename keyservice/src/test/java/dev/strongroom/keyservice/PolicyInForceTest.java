package dev.strongroom.keyservice;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.ledger.Fixture;
import dev.strongroom.keyservice.policy.Policy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** When a policy file that changed takes over without being told. */
@Timeout(60)
final class PolicyInForceTest {
  private static final String EMPTY = "format: strongroom-policy/v1\n";
  private static final String LEASES = EMPTY + "leases: [{models: ['*'], ttl: 1m, max: 2m}]\n";

  @TempDir private Path folder;

  @Test
  void takesOverWhenTwoLooksFindTheSame() throws Exception {
    try (Fixture fixture = Fixture.open(folder)) {
      PolicyInForce policy = open(fixture);
      final Sha256Digest before = policy.get().digest();
      write(LEASES);
      assertEquals(Optional.empty(), policy.look(), "the file may still be written");
      assertEquals(before, policy.get().digest());
      Policy fresh = policy.look().orElseThrow();
      assertEquals(fresh, policy.get());
      assertNotEquals(before, policy.get().digest());
      assertEquals(
          Optional.of(policy.get().digest()),
          fixture.ledger().view().policyDigest(),
          "it is an entry of the log");
      assertEquals(Optional.empty(), policy.look(), "nothing is new any more");
    }
  }

  @Test
  void reportsAFaultOnceAndKeepsWhatIsInForce() throws Exception {
    try (Fixture fixture = Fixture.open(folder)) {
      PolicyInForce policy = open(fixture);
      final Sha256Digest before = policy.get().digest();
      for (String wrong : List.of("format: nonsense\n", "")) {
        write(wrong);
        assertEquals(Optional.empty(), policy.look());
        Problem fault = assertThrows(Problem.class, policy::look);
        assertEquals(ProblemCode.CONFIGURATION_INVALID, fault.code());
        assertEquals(Optional.empty(), policy.look(), "it was said already");
        assertEquals(before, policy.get().digest());
      }
      Files.delete(file());
      assertEquals(Optional.empty(), policy.look());
      assertThrows(Problem.class, policy::look);
      write(EMPTY);
      assertEquals(Optional.empty(), policy.look());
      assertEquals(before, policy.look().orElseThrow().digest());
    }
  }

  private PolicyInForce open(Fixture fixture) throws IOException {
    write(EMPTY);
    PolicyInForce policy =
        PolicyInForce.open(file(), List.of(), fixture.ledger(), InstantSource.system());
    policy.begin();
    return policy;
  }

  private void write(String text) throws IOException {
    Files.writeString(file(), text);
  }

  private Path file() {
    return folder.resolve("policy.yaml");
  }
}
