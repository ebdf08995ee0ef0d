package dev.strongroom.keyservice.kms.vault;

import java.time.Duration;

/**
 * A token of Vault.
 *
 * @param value a text, because it goes into a header
 * @param lifetime from the answer that told it; zero when it does not end
 * @param renewable whether Vault may be asked to lengthen it
 */
record VaultToken(String value, Duration lifetime, boolean renewable) {

  /** Never the token. */
  @Override
  public String toString() {
    return "VaultToken[lifetime=" + lifetime + ", renewable=" + renewable + "]";
  }
}
