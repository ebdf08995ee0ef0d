package dev.strongroom.keyservice.policy;

import dev.strongroom.core.problem.Problem;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Where the policy in force comes from. A new one takes over in the very step in which the log
 * takes the entry that says so, so that no decision under the old one is recorded after it.
 */
public interface PolicySource extends Supplier<CompiledPolicy> {
  /**
   * Puts in force what was read at the start.
   *
   * @throws Problem {@code LOG_UNAVAILABLE}
   */
  void begin();

  /**
   * Takes what its origin says now.
   *
   * @throws Problem when that cannot be taken; the policy in force stays
   */
  Policy reload();

  /**
   * Looks whether its origin says something new.
   *
   * @return the policy that took over; empty when nothing is new
   * @throws Problem as {@link #reload}; a fault is reported once
   */
  Optional<Policy> look();
}
