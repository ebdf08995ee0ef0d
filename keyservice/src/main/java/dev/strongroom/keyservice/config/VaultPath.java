package dev.strongroom.keyservice.config;

import java.util.regex.Pattern;

/** Paths below {@code /v1/} of Vault's API that need no escaping. */
final class VaultPath {
  private static final String SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}";
  private static final Pattern FORM = Pattern.compile(SEGMENT + "(/" + SEGMENT + "){0,7}");

  private VaultPath() {}

  /** Whether this is one to eight segments, none empty, none with a dot in front. */
  static boolean isPath(String text) {
    return FORM.matcher(text).matches();
  }
}
