package dev.strongroom.keyservice.kms.pkcs11.broker;

import dev.strongroom.keyservice.kms.pkcs11.broker.Cryptoki.Session;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;

/**
 * The versions of a KEK on a token. The first has the label of the KEK, version n that label, a dot
 * and n: a label is what every tool shows, and what SunPKCS11 finds keys by.
 */
final class TokenKeys {
  private static final long CKM_GENERIC_SECRET_KEY_GEN = 0x350;
  private static final long CKM_AES_KEY_GEN = 0x1080;
  private static final int KEY_BYTES = 32;

  /** Its number has six digits at most. */
  private static final int MAX_VERSION = 999_999;

  /** Their canaries, the longest of 93 bytes, fit into a frame beside all else that it may have. */
  private static final int MAX_VERSIONS = 256;

  private final Cryptoki cryptoki;
  private final long slot;
  private final String kek;

  TokenKeys(Cryptoki cryptoki, long slot, String kek) {
    this.cryptoki = cryptoki;
    this.slot = slot;
    this.kek = kek;
  }

  /** What a key can do for us. */
  enum Kind {
    /** AES-256: wraps with AES-GCM on the token. */
    AES,
    /** A generic secret: an HMAC on the token gives the key that wraps. */
    HMAC
  }

  /** The label of a version. */
  String label(int version) {
    return version == 1 ? kek : kek + "." + version;
  }

  /**
   * The versions there are, each checked: sensitive, not extractable, private, of the right size
   * and allowed to do what it is for.
   *
   * @throws UnusableException when one is not, when two secret keys of the token share a label, or
   *     when there are more than {@link #MAX_VERSIONS}
   */
  NavigableMap<Integer, Kind> versions() {
    try (Session session = cryptoki.open(slot)) {
      NavigableMap<Integer, Kind> versions = new TreeMap<>();
      for (Map.Entry<String, Long> key : secretKeys(session).entrySet()) {
        int version = version(key.getKey());
        if (version > 0) {
          versions.put(version, checked(session, key.getKey(), key.getValue()));
        }
      }
      if (versions.size() > MAX_VERSIONS) {
        throw new UnusableException(
            "it has " + versions.size() + " versions of the KEK, and " + tooMany());
      }
      return versions;
    }
  }

  /**
   * The number after the newest of these.
   *
   * @throws UnusableException when there must not be one more
   */
  static int next(NavigableMap<Integer, ?> versions) {
    if (versions.size() >= MAX_VERSIONS || versions.lastKey() >= MAX_VERSION) {
      throw new UnusableException(
          "there is no version of the KEK after " + versions.lastKey() + ": " + tooMany());
    }
    return versions.lastKey() + 1;
  }

  private static String tooMany() {
    return MAX_VERSIONS
        + " versions and the number "
        + MAX_VERSION
        + " are the most: rewrap, and erase the oldest versions that nothing is under, or make a"
        + " KEK of another label and migrate to it";
  }

  /**
   * Makes a version on the token in one call: no copy of it was ever elsewhere, not even on the
   * token.
   */
  void create(int version, Kind kind) {
    boolean aes = kind == Kind.AES;
    Attributes attributes =
        new Attributes()
            .number(Attributes.CKA_CLASS, Attributes.CKO_SECRET_KEY)
            .number(
                Attributes.CKA_KEY_TYPE, aes ? Attributes.CKK_AES : Attributes.CKK_GENERIC_SECRET)
            .text(Attributes.CKA_LABEL, label(version))
            .bytes(Attributes.CKA_ID, label(version).getBytes(StandardCharsets.UTF_8))
            .number(Attributes.CKA_VALUE_LEN, KEY_BYTES)
            .flag(Attributes.CKA_TOKEN, true)
            .flag(Attributes.CKA_PRIVATE, true)
            .flag(Attributes.CKA_SENSITIVE, true)
            .flag(Attributes.CKA_EXTRACTABLE, false)
            .flag(Attributes.CKA_ENCRYPT, aes)
            .flag(Attributes.CKA_DECRYPT, aes)
            .flag(Attributes.CKA_SIGN, !aes)
            .flag(Attributes.CKA_VERIFY, !aes)
            .flag(Attributes.CKA_WRAP, false)
            .flag(Attributes.CKA_UNWRAP, false)
            .flag(Attributes.CKA_DERIVE, false);
    try (Session session = cryptoki.open(slot)) {
      session.generate(aes ? CKM_AES_KEY_GEN : CKM_GENERIC_SECRET_KEY_GEN, attributes);
    }
  }

  /**
   * Destroys every key of the token that has the label of this version, and looks that none is
   * left.
   *
   * @throws UnusableException when the token does not let us, or one is left
   */
  void destroy(int version) {
    Attributes wanted =
        new Attributes()
            .number(Attributes.CKA_CLASS, Attributes.CKO_SECRET_KEY)
            .flag(Attributes.CKA_TOKEN, true)
            .text(Attributes.CKA_LABEL, label(version));
    try (Session session = cryptoki.open(slot)) {
      for (long handle : session.find(wanted)) {
        session.destroy(handle);
      }
      if (!session.find(wanted).isEmpty()) {
        throw new UnusableException(
            "the key '" + label(version) + "' is on the token after it was destroyed");
      }
    } catch (CryptokiException e) {
      if (CkrFault.prohibited(e)) {
        throw new UnusableException(
            "it does not let the service destroy '" + label(version) + "' (" + e.code() + ")");
      }
      throw e;
    }
  }

  private static Map<String, Long> secretKeys(Session session) {
    Map<String, Long> keys = new HashMap<>();
    Set<String> twice = new HashSet<>();
    List<Long> handles =
        session.find(
            new Attributes()
                .number(Attributes.CKA_CLASS, Attributes.CKO_SECRET_KEY)
                .flag(Attributes.CKA_TOKEN, true));
    for (long handle : handles) {
      String label =
          new String(session.attribute(handle, Attributes.CKA_LABEL), StandardCharsets.UTF_8);
      if (keys.put(label, handle) != null) {
        twice.add(label);
      }
    }
    // SunPKCS11 refuses the whole token then, and which of the two is the KEK nobody knows.
    if (!twice.isEmpty()) {
      throw new UnusableException(
          "secret keys of the token share the labels " + twice + ": rename or delete the others");
    }
    return keys;
  }

  private int version(String label) {
    if (label.equals(kek)) {
      return 1;
    }
    if (!label.startsWith(kek + ".")) {
      return 0;
    }
    String number = label.substring(kek.length() + 1);
    if (!number.matches("[1-9][0-9]{0,5}") || number.equals("1")) {
      return 0;
    }
    return Integer.parseInt(number);
  }

  private static Kind checked(Session session, String label, long handle) {
    List<String> faults = new ArrayList<>();
    require(session, handle, Attributes.CKA_SENSITIVE, true, "CKA_SENSITIVE is not set", faults);
    require(session, handle, Attributes.CKA_EXTRACTABLE, false, "CKA_EXTRACTABLE is set", faults);
    require(session, handle, Attributes.CKA_PRIVATE, true, "CKA_PRIVATE is not set", faults);
    long type = Attributes.number(session.attribute(handle, Attributes.CKA_KEY_TYPE));
    if (Attributes.number(session.attribute(handle, Attributes.CKA_VALUE_LEN)) != KEY_BYTES) {
      faults.add("it has not 32 bytes");
    }
    Kind kind = Kind.AES;
    if (type == Attributes.CKK_AES) {
      require(session, handle, Attributes.CKA_ENCRYPT, true, "CKA_ENCRYPT is not set", faults);
      require(session, handle, Attributes.CKA_DECRYPT, true, "CKA_DECRYPT is not set", faults);
    } else if (type == Attributes.CKK_GENERIC_SECRET || type == Attributes.CKK_SHA256_HMAC) {
      kind = Kind.HMAC;
      require(session, handle, Attributes.CKA_SIGN, true, "CKA_SIGN is not set", faults);
    } else {
      faults.add("it is neither an AES key nor a generic secret");
    }
    if (!faults.isEmpty()) {
      throw new UnusableException(
          "the key '" + label + "' is no KEK: " + String.join(", ", faults));
    }
    return kind;
  }

  private static void require(
      Session session, long handle, long type, boolean wanted, String fault, List<String> faults) {
    if ((session.attribute(handle, type)[0] != 0) != wanted) {
      faults.add(fault);
    }
  }
}
