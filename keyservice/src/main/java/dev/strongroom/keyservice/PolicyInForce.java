package dev.strongroom.keyservice;

import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.config.yaml.Reading;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import dev.strongroom.keyservice.policy.PolicySource;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * The policy of a file. A new one takes over in the very step in which the log takes the entry that
 * says so, so that no decision under the old one is recorded after it.
 */
final class PolicyInForce implements PolicySource {
  private final Path file;
  private final List<SubjectConfig> administrators;
  private final Ledger ledger;
  private final InstantSource clock;
  private Reading<PolicyDocument> seen;
  private Reading<PolicyDocument> judged;
  private volatile CompiledPolicy current;

  private PolicyInForce(
      Path file, List<SubjectConfig> administrators, Ledger ledger, InstantSource clock) {
    this.file = file;
    this.administrators = administrators;
    this.ledger = ledger;
    this.clock = clock;
    this.seen = PolicyDocument.read(file);
    this.judged = seen;
    this.current = compile(seen);
  }

  /**
   * Reads the policy. Nothing is recorded yet: see {@link #begin}.
   *
   * @throws Problem {@code CONFIGURATION_INVALID}
   */
  static PolicyInForce open(
      Path file, List<SubjectConfig> administrators, Ledger ledger, InstantSource clock) {
    return new PolicyInForce(file, administrators, ledger, clock);
  }

  @Override
  public void begin() {
    apply(current);
  }

  @Override
  public CompiledPolicy get() {
    return current;
  }

  /**
   * Reads the file again; the policy in force stays when it cannot be read.
   *
   * @throws Problem {@code CONFIGURATION_INVALID}, {@code LOG_UNAVAILABLE}
   */
  @Override
  public synchronized Policy reload() {
    seen = PolicyDocument.read(file);
    return judge(seen);
  }

  /**
   * Looks whether the file says something new. It counts when two looks in a row find the same: a
   * file that is still being written may lack its last conditions, and allow too much.
   *
   * @return the policy that took over; empty when nothing is new
   * @throws Problem as {@link #reload}; a file with a fault is reported once
   */
  @Override
  public synchronized Optional<Policy> look() {
    Reading<PolicyDocument> found = PolicyDocument.read(file);
    boolean settled = found.equals(seen);
    seen = found;
    return settled && !found.equals(judged) ? Optional.of(judge(found)) : Optional.empty();
  }

  private Policy judge(Reading<PolicyDocument> found) {
    CompiledPolicy fresh;
    try {
      fresh = compile(found);
    } catch (Problem e) {
      judged = found;
      throw e;
    }
    // Not judged before the log has it: a log that is away now is asked again.
    apply(fresh);
    judged = found;
    return fresh;
  }

  private void apply(CompiledPolicy policy) {
    if (ledger.view().policyDigest().filter(policy.digest()::equals).isPresent()) {
      current = policy;
      return;
    }
    ledger.commit(view -> {
      current = policy;
      return LogEvent.PolicyApplied.ofFile(clock.millis(), policy.digest());
    });
  }

  private CompiledPolicy compile(Reading<PolicyDocument> found) {
    return new CompiledPolicy(
        found.orThrow("policyFile: the policy " + file).withAdministrators(administrators));
  }
}
