package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.awskms.AwsKmsKeyWrapper;
import dev.strongroom.keyservice.kms.pkcs11.Pkcs11KeyWrapper;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import dev.strongroom.keyservice.kms.vault.VaultKeyWrapper;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.BooleanSupplier;
import java.util.random.RandomGenerator;

/** Every key backend there is, and what stands around it: the one place that knows all. */
public final class KeyBackends {
  private KeyBackends() {}

  /**
   * Opens the backend that is configured: measured, and guarded where it is not in this process.
   *
   * @param storeIsEmpty whether nothing was ever wrapped; only then may a KEK be made
   * @throws Problem with the code of what is wrong
   */
  public static KeyWrapper open(
      KekConfig config,
      BooleanSupplier storeIsEmpty,
      RandomGenerator random,
      MeterRegistry meters) {
    String name = name(config);
    KeyWrapper backend =
        switch (config) {
          case KekConfig.Tink tink ->
              TinkKeyWrapper.open(tink.keysetFile(), storeIsEmpty.getAsBoolean());
          case KekConfig.Pkcs11 pkcs11 ->
              GuardedKeyWrapper.of(
                  Pkcs11KeyWrapper.open(pkcs11, random), name, pkcs11.limits(), random, meters);
          case KekConfig.Awskms aws ->
              GuardedKeyWrapper.of(AwsKmsKeyWrapper.open(aws), name, aws.limits(), random, meters);
          case KekConfig.Vault vault ->
              GuardedKeyWrapper.of(
                  VaultKeyWrapper.open(vault), name, vault.limits(), random, meters);
        };
    return new MeteredKeyWrapper(backend, name, meters);
  }

  /** The name of the backend, as in the configuration, in wrapped keys and in metrics. */
  public static String name(KekConfig config) {
    return switch (config) {
      case KekConfig.Tink _ -> TinkKeyWrapper.BACKEND;
      case KekConfig.Pkcs11 _ -> Pkcs11KeyWrapper.BACKEND;
      case KekConfig.Awskms _ -> AwsKmsKeyWrapper.BACKEND;
      case KekConfig.Vault _ -> VaultKeyWrapper.BACKEND;
    };
  }
}
