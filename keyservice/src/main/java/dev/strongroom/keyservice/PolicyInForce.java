package dev.strongroom.keyservice;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/**
 * The policy that decides. A new one takes over in the very step in which the log takes the entry
 * that says so, so that no decision under the old one is recorded after it.
 */
final class PolicyInForce implements Supplier<Policy> {
  private final Path file;
  private final List<SubjectConfig> administrators;
  private final Ledger ledger;
  private final InstantSource clock;
  private volatile Policy current;

  private PolicyInForce(
      Path file,
      List<SubjectConfig> administrators,
      Ledger ledger,
      InstantSource clock,
      Policy first) {
    this.file = file;
    this.administrators = administrators;
    this.ledger = ledger;
    this.clock = clock;
    this.current = first;
  }

  /**
   * Reads the policy. Nothing is recorded yet: see {@link #begin}.
   *
   * @throws Problem {@code CONFIGURATION_INVALID}
   */
  static PolicyInForce open(
      Path file, List<SubjectConfig> administrators, Ledger ledger, InstantSource clock) {
    return new PolicyInForce(file, administrators, ledger, clock, read(file, administrators));
  }

  /**
   * Puts in force what was read.
   *
   * @throws Problem {@code LOG_UNAVAILABLE}
   */
  void begin() {
    apply(current);
  }

  @Override
  public Policy get() {
    return current;
  }

  /**
   * Reads the file again; the policy in force stays when it cannot be read.
   *
   * @throws Problem {@code CONFIGURATION_INVALID}, {@code LOG_UNAVAILABLE}
   */
  synchronized Policy reload() {
    Policy fresh = read(file, administrators);
    apply(fresh);
    return fresh;
  }

  private void apply(Policy policy) {
    if (ledger.view().policyDigest().filter(policy.digest()::equals).isPresent()) {
      current = policy;
      return;
    }
    ledger.commit(view -> {
      current = policy;
      return new LogEvent.PolicyApplied(clock.millis(), policy.digest());
    });
  }

  private static Policy read(Path file, List<SubjectConfig> administrators) {
    return new CompiledPolicy(
        PolicyDocument.read(file).orThrow("the policy " + file).withAdministrators(administrators));
  }
}
