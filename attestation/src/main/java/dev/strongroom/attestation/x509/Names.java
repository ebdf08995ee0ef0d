package dev.strongroom.attestation.x509;

import javax.security.auth.x500.X500Principal;

/** Names of certificates, for messages: they come from outside. */
final class Names {
  private static final int SHOWN = 160;

  private Names() {}

  static String of(X500Principal name) {
    String text = name.getName().replaceAll("[^\\x20-\\x7e]+", "?");
    return "'" + (text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...") + "'";
  }
}
