package dev.strongroom.keyservice.kms.tink;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A keyset file that is away from its folder. Its name says which it was, and nothing says what its
 * keys were: all that it does is to say that it is gone, so that this can be recorded.
 */
public final class RemovedKeyset implements KeyWrapper {
  private final Path file;

  private RemovedKeyset(Path file) {
    this.file = file;
  }

  /** Empty where the file is there, and where nothing is known because its folder is away, too. */
  public static Optional<RemovedKeyset> find(Path file) {
    return TinkKeysetFile.isRemoved(file) ? Optional.of(new RemovedKeyset(file)) : Optional.empty();
  }

  /** The refusal where data keys are under keys that are nowhere else. */
  public Problem missed() {
    return TinkKeysetFile.missing(file);
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    throw removed();
  }

  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    throw removed();
  }

  @Override
  public KekStatus status() {
    throw removed();
  }

  @Override
  public KekStatus rotate() {
    throw removed();
  }

  /** Only asked for when the file came back. */
  @Override
  public void destroy(String version) {
    throw new Problem(
        ProblemCode.KEK_ERASE_UNSUPPORTED,
        file + " was not there when the service started: restart the service, and run this again");
  }

  @Override
  public Optional<String> gone(String version) {
    return TinkKeyWrapper.gone(!TinkKeysetFile.isRemoved(file), file);
  }

  private Problem removed() {
    return new Problem(
        ProblemCode.KEK_UNUSABLE,
        file + " is gone, and nothing is under it: take it out of formerKeks");
  }

  @Override
  public void close() {}
}
