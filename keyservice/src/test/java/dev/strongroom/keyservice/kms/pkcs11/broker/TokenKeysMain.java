package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Arrays;

/**
 * Makes and destroys keys on a token, in a process of its own: {@code create|destroy MODULE
 * ARGUMENTS TOKEN PINFILE LABEL AES|HMAC}, or {@code upTo=N} in place of {@code create}, which
 * makes the versions that many.
 */
public final class TokenKeysMain {
  private TokenKeysMain() {}

  /** Runs one command. */
  public static void main(String[] arguments) throws Exception {
    Path module = Path.of(arguments[1]);
    Cryptoki cryptoki = Cryptoki.load(module, arguments[2]);
    TokenWish wish =
        new TokenWish(module, arguments[2], arguments[3], "", "", "", arguments[5], 1, false);
    long slot = wish.among(cryptoki.tokens()).slot();
    SunToken token = SunToken.of(module, slot);
    byte[] pin = Files.readAllBytes(Path.of(arguments[4]));
    token.login(Arrays.copyOf(pin, pin.length - 1));
    switch (arguments[0]) {
      case "create" ->
          new TokenKeys(cryptoki, slot, arguments[5])
              .create(1, TokenKeys.Kind.valueOf(arguments[6]));
      case "destroy" -> {
        KeyStore store = token.keys();
        store.deleteEntry(arguments[5]);
      }
      default -> {
        TokenKeys keys = new TokenKeys(cryptoki, slot, arguments[5]);
        int last = Integer.parseInt(arguments[0].substring("upTo=".length()));
        for (int version = 1; version <= last; version++) {
          keys.create(version, TokenKeys.Kind.valueOf(arguments[6]));
        }
      }
    }
  }
}
