package dev.strongroom.keyservice.kms.pkcs11.broker;

import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/** A token that is logged in to, with the versions of one KEK. Thread-safe. */
final class OpenToken {
  /** Sessions that are not for calls: SunPKCS11's own, and the one that looks at keys. */
  private static final int OTHER_SESSIONS = 2;

  /** A call may need one of {@link GcmSessions} and one of SunPKCS11. */
  private static final int SESSIONS_OF_A_CALL = 2;

  private final SunToken token;
  private final TokenKeys keys;
  private final GcmSessions gcm;
  private final Map<Integer, Canary> canaries;
  private final int sessions;
  private final SecureRandom random = new SecureRandom();
  private volatile NavigableMap<Integer, OpenKek> keks = new TreeMap<>();

  private OpenToken(
      SunToken token,
      TokenKeys keys,
      GcmSessions gcm,
      Map<Integer, Canary> canaries,
      int sessions) {
    this.token = token;
    this.keys = keys;
    this.gcm = gcm;
    this.canaries = canaries;
    this.sessions = sessions;
  }

  /**
   * Finds the token, logs in, checks every version of the KEK and uses it once.
   *
   * @throws AbsentException when the token is not there
   * @throws UnusableException when an operator must act
   * @throws GeneralSecurityException when the token does not work
   */
  static OpenToken open(Message open) throws GeneralSecurityException, IOException {
    TokenWish wish = TokenWish.of(open);
    Cryptoki cryptoki = load(wish);
    TokenInfo info = wish.among(cryptoki.tokens());
    int sessions = wish.sessions();
    if (info.maxSessions() > 0) {
      long calls = (info.maxSessions() - OTHER_SESSIONS) / SESSIONS_OF_A_CALL;
      sessions = (int) Math.min(sessions, Math.max(1, calls));
    }
    SunToken token = SunToken.of(wish.module(), info.slot());
    refuseToLock(info.pin(), wish.pinKnown());
    token.login(open.field(TokenWish.PIN_FIELD));
    Map<Integer, Canary> canaries = new HashMap<>();
    for (int i = TokenWish.FIRST_CANARY_FIELD; i + 1 < open.fields().size(); i += 2) {
      canaries.put(Integer.parseInt(open.text(i)), new Canary(open.field(i + 1)));
    }
    OpenToken opened =
        new OpenToken(
            token,
            new TokenKeys(cryptoki, info.slot(), wish.kek()),
            new GcmSessions(cryptoki, info.slot()),
            canaries,
            sessions);
    opened.reload();
    return opened;
  }

  // A service that has just started does not know whether its PIN is the right one, and one that is
  // restarted again and again would lock the token with a wrong one. A PIN that worked before is
  // the right one: the wrong ones were somebody else's, and to log in takes the mark away.
  private static void refuseToLock(TokenInfo.PinState pin, boolean known) {
    switch (pin) {
      case USABLE -> {}
      case FINAL_TRY -> {
        if (!known) {
          throw new UnusableException(
              "its PIN was wrong so often that the next wrong one locks it"
                  + " (CKF_USER_PIN_FINAL_TRY), and the service does not try: log in once with the"
                  + " right PIN and the token's tool (pkcs11-tool --login --pin env:PIN"
                  + " --list-objects), which takes the mark away, and correct the PIN of the"
                  + " service");
        }
      }
      case LOCKED ->
          throw new UnusableException(
              "its PIN is locked (CKF_USER_PIN_LOCKED): let the security officer of the token set"
                  + " it anew (pkcs11-tool --login --login-type so --init-pin), and give that to the"
                  + " service");
    }
  }

  private static Cryptoki load(TokenWish wish) {
    try {
      return Cryptoki.load(wish.module(), wish.arguments());
    } catch (IllegalArgumentException e) {
      throw new UnusableException(
          "the module " + wish.module() + " cannot be loaded: " + e.getMessage());
    }
  }

  /** Looks at the token again: versions may have come or gone. */
  synchronized void reload() throws GeneralSecurityException, IOException {
    NavigableMap<Integer, TokenKeys.Kind> found = keys.versions();
    KeyStore store = token.keys();
    NavigableMap<Integer, OpenKek> opened = new TreeMap<>();
    for (Map.Entry<Integer, TokenKeys.Kind> each : found.entrySet()) {
      int version = each.getKey();
      opened.put(version, open(version, each.getValue(), store));
    }
    keks = opened;
  }

  private OpenKek open(int version, TokenKeys.Kind kind, KeyStore store)
      throws GeneralSecurityException {
    SecretKey key = SunToken.key(store, keys.label(version));
    Kek kek =
        switch (kind) {
          case AES -> new GcmKek(key, keys.label(version), token.provider(), gcm, random);
          case HMAC -> new HmacKek(key, token.provider(), random);
        };
    try {
      Canary before = canaries.get(version);
      Canary canary = before == null ? Canary.of(kek) : before;
      canary.prove(kek);
      canaries.put(version, canary);
      return new OpenKek(version, kind, kek, canary);
    } catch (GeneralSecurityException | RuntimeException e) {
      throw explained(version, e, kek);
    }
  }

  private RuntimeException explained(int version, Exception e, Kek kek) {
    if (CkrFault.unsupported(e) || CkrFault.isMissingMechanism(e)) {
      return new UnusableException(
          "the token does not let the key '"
              + keys.label(version)
              + "' do what a KEK does ("
              + CkrFault.name(e)
              + "). Where it makes IVs of its own only, use a generic secret of 32 bytes with"
              + " CKA_SIGN as KEK");
    }
    if (CkrFault.perhapsBadTag(e) && works(kek)) {
      return new UnusableException(
          "the key '"
              + keys.label(version)
              + "' is not the one that it was: another took its"
              + " label. Restore the token from its backup");
    }
    return new IllegalStateException(e);
  }

  private static boolean works(Kek kek) {
    try {
      Canary.of(kek).prove(kek);
      return true;
    } catch (GeneralSecurityException | RuntimeException e) {
      return false;
    }
  }

  /** Makes the next version, of the kind of the newest. */
  synchronized void rotate() throws GeneralSecurityException, IOException {
    reload();
    if (keks.isEmpty()) {
      throw new UnusableException(
          "there is no KEK to rotate: make the first with the token's tool");
    }
    OpenKek newest = keks.lastEntry().getValue();
    keys.create(TokenKeys.next(keks), newest.kind());
    reload();
  }

  /**
   * Destroys a version on the token, or all of them where none is named.
   *
   * @throws UnusableException when the token does not let us
   */
  synchronized void destroy(String version) throws GeneralSecurityException, IOException {
    reload();
    for (int each : List.copyOf(keks.keySet())) {
      if (version.isEmpty() || version.equals(String.valueOf(each))) {
        keys.destroy(each);
        canaries.remove(each);
      }
    }
    reload();
  }

  /** The version that wraps, or null where there is none. */
  @Nullable OpenKek newest() {
    Map.Entry<Integer, OpenKek> last = keks.lastEntry();
    return last == null ? null : last.getValue();
  }

  @Nullable OpenKek version(int version) {
    return keks.get(version);
  }

  NavigableMap<Integer, OpenKek> versions() {
    return keks;
  }

  /** How many calls at once the token takes, of those that were wished for. */
  int sessions() {
    return sessions;
  }
}
