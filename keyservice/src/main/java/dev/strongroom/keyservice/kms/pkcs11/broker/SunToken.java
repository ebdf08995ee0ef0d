package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.io.IOException;
import java.nio.file.Path;
import java.security.AuthProvider;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.PasswordCallback;
import javax.security.auth.callback.UnsupportedCallbackException;

/** A token as SunPKCS11 shows it: the provider of its mechanisms, and its keys by label. */
final class SunToken {
  private final Provider provider;

  private SunToken(Provider provider) {
    this.provider = provider;
  }

  /**
   * Makes the provider of this slot. {@link Cryptoki} has initialised the module before. Only the
   * mechanisms that are used are there, so that nothing else is done on the token by accident.
   */
  static SunToken of(Path module, long slot) {
    String configuration =
        "--name=kek\nlibrary=\""
            + module
            + "\"\nslot="
            + slot
            + "\nomitInitialize=true\nhandleStartupErrors=halt"
            + "\nenabledMechanisms={ CKM_AES_GCM CKM_SHA256_HMAC KeyStore }\n";
    return new SunToken(Security.getProvider("SunPKCS11").configure(configuration));
  }

  /**
   * Logs in, for every session of this process.
   *
   * @param pin its bytes, as the token takes them; overwritten
   */
  void login(byte[] pin) throws GeneralSecurityException {
    // One character per byte: the provider makes one byte of each again.
    char[] characters = new char[pin.length];
    for (int i = 0; i < pin.length; i++) {
      characters[i] = (char) (pin[i] & 0xff);
    }
    try {
      ((AuthProvider) provider).login(null, callbacks -> answer(callbacks, characters));
    } finally {
      Arrays.fill(characters, '\0');
      Arrays.fill(pin, (byte) 0);
    }
  }

  private static void answer(Callback[] callbacks, char[] pin) throws UnsupportedCallbackException {
    for (Callback callback : callbacks) {
      if (!(callback instanceof PasswordCallback password)) {
        throw new UnsupportedCallbackException(callback);
      }
      password.setPassword(pin);
    }
  }

  Provider provider() {
    return provider;
  }

  /** The key store as it is now. */
  KeyStore keys() throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance("PKCS11", provider);
    store.load(null, null);
    return store;
  }

  static SecretKey key(KeyStore store, String label) throws GeneralSecurityException {
    if (!(store.getKey(label, null) instanceof SecretKey key)) {
      throw new UnusableException("the key '" + label + "' is not one that SunPKCS11 can use");
    }
    return key;
  }
}
