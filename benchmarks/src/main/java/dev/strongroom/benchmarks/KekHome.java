package dev.strongroom.benchmarks;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/** A key backend that a KEK can move to, with a first version of a KEK in it. */
interface KekHome extends AutoCloseable {
  /** The name of the backend in the configuration. */
  String backend();

  /** The value of {@code kek} in the configuration: lines, indented by two. */
  String yaml();

  /** What the key service needs in its environment. */
  Map<String, String> environment();

  /** Ends the first version of the KEK with the backend's own tool. */
  void endFirstVersion();

  @Override
  void close();

  /** Why this backend cannot be had here, when it cannot. */
  static Optional<String> missing(String backend) {
    return switch (backend) {
      case SoftHsmHome.BACKEND -> dev.strongroom.testkit.kms.SoftHsm.missing();
      case VaultHome.BACKEND -> dev.strongroom.testkit.kms.VaultBinary.missing();
      default -> Optional.of("there are pkcs11 and vault, not " + backend);
    };
  }

  /**
   * Makes one.
   *
   * @param folder an empty folder
   */
  static KekHome in(String backend, Path folder) {
    missing(backend)
        .ifPresent(why -> {
          throw new IllegalStateException(why);
        });
    return backend.equals(VaultHome.BACKEND) ? VaultHome.in(folder) : SoftHsmHome.in(folder);
  }
}
