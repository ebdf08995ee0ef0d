package dev.strongroom.benchmarks;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** One key backend's real component with a KEK in it, and its own rate. Closing it ends all. */
interface KeyBackendStage extends AutoCloseable {

  /** The key backends, as the configuration names them. */
  enum Kind {
    TINK,
    PKCS11,
    VAULT,
    AWSKMS;

    String backend() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }

    /** Starts it with its files in this folder. */
    KeyBackendStage start(Path folder) throws Exception {
      return switch (this) {
        case TINK -> new TinkStage(folder);
        case PKCS11 -> new TokenStage(folder);
        case VAULT -> new TransitStage(folder);
        case AWSKMS -> new KmsStage(folder);
      };
    }
  }

  /** How the product reaches it. */
  KekConfig config();

  /** The same for the configuration file of a key service. */
  String yaml();

  /**
   * What opens the same wrapped key without the product: what the maker of the component gives for
   * it, and where there is more to know, the least that a request can be.
   */
  List<RawUnwrap> raw(WrappedKey wrapped, WrapContext context) throws Exception;

  /**
   * The same answers from something faster, for a slow component: until the JIT has compiled the
   * way there, that way is what would be measured. Empty where the component itself is fast enough.
   */
  default Optional<KekConfig> rehearsal() throws IOException {
    return Optional.empty();
  }

  @Override
  void close();

  /**
   * A peer.
   *
   * @param subject what it is, for the report
   */
  record RawUnwrap(String subject, Load load) {
    RawUnwrap(String subject, Callers callers) {
      this(subject, (Load) callers);
    }
  }

  /** Unwraps again and again. */
  interface Load {
    /**
     * @param callers how many at once
     * @param seconds for how long
     */
    UnwrapRounds.Round round(int callers, double seconds) throws Exception;
  }

  /** Makes callers, one for each thread of this process. */
  @FunctionalInterface
  interface Callers extends Load {
    Caller next() throws Exception;

    @Override
    default UnwrapRounds.Round round(int callers, double seconds) throws Exception {
      return UnwrapRounds.round(this, callers, seconds);
    }
  }

  /** Unwraps, for one thread. */
  interface Caller extends AutoCloseable {
    /**
     * Unwraps once.
     *
     * @throws Exception when it is not a whole data key that came back
     */
    void unwrap() throws Exception;

    @Override
    default void close() throws IOException {}
  }
}
