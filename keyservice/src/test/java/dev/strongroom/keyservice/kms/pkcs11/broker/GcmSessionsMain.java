package dev.strongroom.keyservice.kms.pkcs11.broker;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Opens in two calls what SunPKCS11 wrapped, in a process of its own, and prints what came of it:
 * {@code MODULE ARGUMENTS TOKEN PINFILE LABEL}.
 */
public final class GcmSessionsMain {
  private GcmSessionsMain() {}

  /** Prints one line for each thing tried. */
  public static void main(String[] arguments) throws Exception {
    Path module = Path.of(arguments[0]);
    String label = arguments[4];
    Cryptoki cryptoki = Cryptoki.load(module, arguments[1]);
    TokenWish wish = new TokenWish(module, arguments[1], arguments[2], "", "", "", label, 1, false);
    long slot = wish.among(cryptoki.tokens()).slot();
    SunToken token = SunToken.of(module, slot);
    byte[] pin = Files.readAllBytes(Path.of(arguments[3]));
    token.login(Arrays.copyOf(pin, pin.length - 1));
    GcmSessions sessions = new GcmSessions(cryptoki, slot);
    GcmKek kek =
        new GcmKek(
            SunToken.key(token.keys(), label),
            label,
            token.provider(),
            sessions,
            new SecureRandom());
    byte[] context = "this context".getBytes(StandardCharsets.US_ASCII);
    byte[] value = "a value of thirty-two characters".getBytes(StandardCharsets.US_ASCII);
    byte[] wrapped = kek.wrap(value, context);
    byte[] other = "that context".getBytes(StandardCharsets.US_ASCII);
    System.out.println(
        "opened: " + Arrays.equals(value, sessions.open(label, wrapped, 1, context)));
    System.out.println(
        "other context: " + Arrays.toString(sessions.open(label, wrapped, 1, other)));
    System.out.println("no key: " + Arrays.toString(sessions.open("none", wrapped, 1, context)));
    System.out.println("again: " + Arrays.equals(value, sessions.open(label, wrapped, 1, context)));
    for (int i = 0; i < 8; i++) {
      sessions.wasWrong();
    }
    System.out.println("given up: " + Arrays.toString(sessions.open(label, wrapped, 1, context)));
    System.out.println("SunPKCS11: " + Arrays.equals(value, kek.unwrap(wrapped, context)));
  }
}
