package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekLimits;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * A remote key backend, called so that its trouble stays its own: bounded in concurrency, queue and
 * time, tried again with jitter within a budget, left alone for a while when it is away.
 */
public final class GuardedKeyWrapper implements KeyWrapper {
  private final KeyWrapper inner;
  private final CallGuard guard;
  private volatile boolean closed;

  private GuardedKeyWrapper(KeyWrapper inner, CallGuard guard) {
    this.inner = inner;
    this.guard = guard;
  }

  /**
   * @param inner ends each call within {@link KekLimits#attemptTimeout}
   * @param backend the kind of backend, for messages and metrics
   */
  public static GuardedKeyWrapper of(
      KeyWrapper inner,
      String backend,
      KekLimits limits,
      RandomGenerator random,
      MeterRegistry meters) {
    return of(inner, backend, limits, random, meters, System::nanoTime, Thread::sleep);
  }

  static GuardedKeyWrapper of(
      KeyWrapper inner,
      String backend,
      KekLimits limits,
      RandomGenerator random,
      MeterRegistry meters,
      LongSupplier nanos,
      CallGuard.Pause pause) {
    CallGuard guard = new CallGuard(backend, limits, random, nanos, pause);
    Gauge.builder("strongroom.kek.waiting", guard, CallGuard::waiting)
        .description("calls that wait for their turn")
        .tag("backend", backend)
        .register(meters);
    Gauge.builder("strongroom.kek.resting", guard, g -> g.resting() ? 1 : 0)
        .description("1 while the key backend is left alone because it failed too often")
        .tag("backend", backend)
        .register(meters);
    FunctionCounter.builder("strongroom.kek.retries", guard, CallGuard::retries)
        .description("calls that were made again")
        .tag("backend", backend)
        .register(meters);
    return new GuardedKeyWrapper(inner, guard);
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    requireOpen();
    return guard.repeatable(() -> inner.wrap(dataKey, context));
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    requireOpen();
    return guard.repeatable(() -> inner.unwrap(wrapped, context));
  }

  @Override
  public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
    requireOpen();
    return guard.repeatable(() -> inner.rewrap(wrapped, context));
  }

  @Override
  public KekStatus status() {
    requireOpen();
    return guard.repeatable(inner::status);
  }

  /** Made once: a backend that did not answer may have made the version all the same. */
  @Override
  public KekStatus rotate() {
    requireOpen();
    return guard.once(inner::rotate);
  }

  /** Made once, as it cannot be taken back. */
  @Override
  public void destroy(String version) {
    requireOpen();
    guard.once(() -> {
      inner.destroy(version);
      return version;
    });
  }

  @Override
  public Optional<String> gone(String version) {
    requireOpen();
    return guard.repeatable(() -> inner.gone(version));
  }

  @Override
  public List<KeyRight> rights() {
    requireOpen();
    return guard.once(inner::rights);
  }

  @Override
  public boolean destroysOlderVersions() {
    return inner.destroysOlderVersions();
  }

  private void requireOpen() {
    if (closed) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend has been closed");
    }
  }

  @Override
  public void close() {
    closed = true;
    inner.close();
  }
}
