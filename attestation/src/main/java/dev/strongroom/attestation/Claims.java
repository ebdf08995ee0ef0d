package dev.strongroom.attestation;

import java.util.Map;

/** What verified evidence says. Made by a verifier, from the bytes that it verified alone. */
public interface Claims {

  EvidenceType type();

  /**
   * All of it, for policies and people: names in snake case; values are texts (bytes in lower case
   * hexadecimal), whole numbers ({@link Long}), {@link Boolean}s, and lists and maps of these. In a
   * fixed order.
   */
  Map<String, Object> values();
}
