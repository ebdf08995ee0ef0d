package dev.strongroom.benchmarks;

import com.google.crypto.tink.Aead;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.TinkJsonProtoKeysetFormat;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** A keyset file; Tink's AEAD alone as its peer. */
final class TinkStage implements KeyBackendStage {
  private final Path keyset;

  TinkStage(Path folder) {
    this.keyset = folder.resolve("kek.json");
  }

  @Override
  public KekConfig config() {
    return new KekConfig.Tink(keyset);
  }

  /** None: a key service has a keyset file by itself. */
  @Override
  public String yaml() {
    return "";
  }

  @Override
  public List<RawUnwrap> raw(WrappedKey wrapped, WrapContext context) throws Exception {
    KeysetHandle handle =
        TinkJsonProtoKeysetFormat.parseKeyset(
            Files.readString(keyset), InsecureSecretKeyAccess.get());
    Aead aead = handle.getPrimitive(RegistryConfiguration.get(), Aead.class);
    byte[] ciphertext = wrapped.ciphertext().bytes();
    byte[] bound = context.bytes();
    return List.of(
        new RawUnwrap(
            "Tink Aead",
            () ->
                () -> {
                  if (aead.decrypt(ciphertext, bound).length != 32) {
                    throw new IOException("that is no data key");
                  }
                }));
  }

  @Override
  public void close() {}
}
