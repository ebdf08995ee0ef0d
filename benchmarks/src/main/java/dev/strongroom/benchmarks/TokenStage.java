package dev.strongroom.benchmarks;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/** SoftHSM; SunPKCS11 in this process as its peer. */
final class TokenStage implements KeyBackendStage {
  private static final String LABEL = "strongroom";
  private static final String KEK = "strongroom-kek";

  private final TestToken token;

  TokenStage(Path folder) {
    this.token = SoftHsm.create(folder, LABEL);
    Map<String, String> environment = new HashMap<>(token.environment());
    environment.put("PIN", SoftHsm.PIN);
    Tools.run(
        environment,
        List.of(
            "pkcs11-tool",
            "--module",
            token.module().toString(),
            "--token-label",
            LABEL,
            "--login",
            "--pin",
            "env:PIN",
            "--keygen",
            "--key-type",
            "AES:32",
            "--label",
            KEK,
            "--id",
            "01",
            "--sensitive",
            "--private"));
  }

  private String uri() {
    return "pkcs11:token=" + LABEL + ";object=" + KEK + "?module-path=" + token.module();
  }

  @Override
  public KekConfig config() {
    return new KekConfig.Pkcs11(uri(), token.pinFile(), null, "", List.of(), 8, KekLimits.DEFAULT);
  }

  @Override
  public String yaml() {
    return "kek: {pkcs11: {uri: '" + uri() + "', pinFile: " + token.pinFile() + "}}\n";
  }

  @Override
  public List<RawUnwrap> raw(WrappedKey wrapped, WrapContext context) throws Exception {
    Provider provider =
        Security.getProvider("SunPKCS11")
            .configure(
                "--name=raw\nlibrary=\""
                    + token.module()
                    + "\"\nslotListIndex=0\nenabledMechanisms={ CKM_AES_GCM KeyStore }\n");
    KeyStore store = KeyStore.getInstance("PKCS11", provider);
    store.load(null, SoftHsm.PIN.toCharArray());
    if (!(store.getKey(KEK, null) instanceof SecretKey key)) {
      throw new IOException("the token has no " + KEK);
    }
    // Form (1), IV (12), ciphertext and tag.
    byte[] ciphertext = wrapped.ciphertext().bytes();
    byte[] bound = context.bytes();
    return List.of(
        new RawUnwrap(
            "SunPKCS11 in one process",
            () -> {
              Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", provider);
              return () -> open(cipher, key, ciphertext, bound);
            }));
  }

  private static void open(Cipher cipher, SecretKey key, byte[] ciphertext, byte[] bound)
      throws GeneralSecurityException, IOException {
    cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(128, ciphertext, 1, 12));
    cipher.updateAAD(bound);
    if (cipher.doFinal(ciphertext, 13, ciphertext.length - 13).length != 32) {
      throw new IOException("that is no data key");
    }
  }

  @Override
  public void close() {}
}
