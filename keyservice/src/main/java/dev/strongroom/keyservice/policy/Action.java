package dev.strongroom.keyservice.policy;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a role binding may allow. */
public enum Action {
  DECRYPT,
  PUBLISH,
  REVOKE,
  AUDIT,
  KEYS,
  POLICY;

  /** The spelling in policies, the log and problem documents. */
  @JsonValue
  public String wireName() {
    return name().toLowerCase(Locale.ROOT);
  }
}
