package dev.strongroom.keyservice.policy;

import java.util.Locale;

/** What a role binding may allow. */
public enum Action {
  DECRYPT,
  PUBLISH,
  REVOKE,
  AUDIT,
  KEYS;

  /** The spelling in policies, the log and problem documents. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
