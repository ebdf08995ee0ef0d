package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.secret.SecretBytes;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Counts and times what a key backend does. */
public final class MeteredKeyWrapper implements KeyWrapper {
  private final KeyWrapper inner;
  private final MeterRegistry meters;
  private final Timer wraps;
  private final Timer unwraps;
  private final Timer rewraps;

  /**
   * @param backend the kind of backend, for example {@code tink}
   */
  public MeteredKeyWrapper(KeyWrapper inner, String backend, MeterRegistry meters) {
    this.inner = inner;
    this.meters = meters;
    this.wraps = timer("strongroom.kek.wraps", "wrapping data keys", backend, meters);
    this.unwraps = timer("strongroom.kek.unwraps", "unwrapping data keys", backend, meters);
    this.rewraps = timer("strongroom.kek.rewraps", "wrapping data keys anew", backend, meters);
  }

  private static Timer timer(String name, String what, String backend, MeterRegistry meters) {
    return Timer.builder(name).description(what).tag("backend", backend).register(meters);
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    return counted(wraps, () -> inner.wrap(dataKey, context));
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    return counted(unwraps, () -> inner.unwrap(wrapped, context));
  }

  @Override
  public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
    return counted(rewraps, () -> inner.rewrap(wrapped, context));
  }

  @Override
  public KekStatus status() {
    return inner.status();
  }

  @Override
  public KekStatus rotate() {
    return inner.rotate();
  }

  @Override
  public void destroy(String version) {
    inner.destroy(version);
  }

  @Override
  public Optional<String> gone(String version) {
    return inner.gone(version);
  }

  @Override
  public List<KeyRight> rights() {
    return inner.rights();
  }

  @Override
  public boolean destroysOlderVersions() {
    return inner.destroysOlderVersions();
  }

  private <T> T counted(Timer timer, Supplier<T> call) {
    Timer.Sample sample = Timer.start(meters);
    try {
      return call.get();
    } catch (Problem e) {
      Counter.builder("strongroom.kek.faults")
          .description("wraps and unwraps that failed, by code")
          .tag("code", e.code().wireName())
          .register(meters)
          .increment();
      throw e;
    } finally {
      sample.stop(timer);
    }
  }

  @Override
  public void close() {
    inner.close();
  }
}
