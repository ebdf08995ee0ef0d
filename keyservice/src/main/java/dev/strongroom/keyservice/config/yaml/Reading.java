package dev.strongroom.keyservice.config.yaml;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What came out of a file: a value, or everything that is wrong with it.
 *
 * @param <T> the record
 */
public sealed interface Reading<T> {

  /**
   * The value.
   *
   * @param what the file, for the message
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} that names every fault
   */
  T orThrow(String what);

  /** A file without faults. */
  record Valid<T>(T value) implements Reading<T> {
    @Override
    public T orThrow(String what) {
      return value;
    }
  }

  /** A file with at least one fault, in the order of the lines. */
  record Invalid<T>(List<Fault> faults) implements Reading<T> {
    public Invalid {
      faults = List.copyOf(faults);
    }

    @Override
    public T orThrow(String what) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          faults.stream()
              .map(Fault::toString)
              .collect(Collectors.joining("\n  ", what + " is not usable:\n  ", "")));
    }
  }
}
