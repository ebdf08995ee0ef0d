package dev.strongroom.cli.publish;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.util.function.Supplier;

/** Asks the key service again where its refusal says that this helps. */
final class ServiceRetry {
  private static final int MAX_ATTEMPTS = 5;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(300);

  private final Pause pause;

  ServiceRetry(Pause pause) {
    this.pause = pause;
  }

  /**
   * For requests that may be repeated whether or not the first one arrived.
   *
   * @throws Problem the last refusal
   */
  <T> T run(Supplier<T> request) {
    return run(request, true);
  }

  /**
   * For requests that may be repeated only when the service answered that it did nothing.
   *
   * @throws Problem the last refusal
   */
  <T> T runUnlessSent(Supplier<T> request) {
    return run(request, false);
  }

  private <T> T run(Supplier<T> request, boolean whenUnanswered) {
    for (int attempt = 1; ; attempt++) {
      try {
        return request.get();
      } catch (Problem e) {
        boolean mayRepeat = whenUnanswered || e.code() != ProblemCode.SERVICE_UNREACHABLE;
        boolean helps = e.code().category() == ProblemCode.Category.RETRY;
        if (!helps || !mayRepeat || attempt == MAX_ATTEMPTS) {
          throw e;
        }
        pause.pause(FIRST_PAUSE.multipliedBy(1L << (attempt - 1)));
      }
    }
  }
}
