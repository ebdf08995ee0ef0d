package dev.strongroom.benchmarks;

import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A KEK on a token of SoftHSM. */
final class SoftHsmHome implements KekHome {
  static final String BACKEND = "pkcs11";
  private static final String LABEL = "strongroom-kek";

  private final TestToken token;

  private SoftHsmHome(TestToken token) {
    this.token = token;
  }

  static SoftHsmHome in(Path folder) {
    SoftHsmHome home = new SoftHsmHome(SoftHsm.create(folder, "strongroom"));
    home.tool(
        "--keygen",
        "--key-type",
        "AES:32",
        "--label",
        LABEL,
        "--id",
        "01",
        "--sensitive",
        "--private");
    return home;
  }

  @Override
  public String backend() {
    return BACKEND;
  }

  @Override
  public String yaml() {
    return """
      pkcs11:
        uri: pkcs11:token=%s;object=%s?module-path=%s
        pinFile: %s
    """
        .formatted(token.label(), LABEL, token.module(), token.pinFile().toAbsolutePath());
  }

  @Override
  public Map<String, String> environment() {
    return token.environment();
  }

  @Override
  public void endFirstVersion() {
    tool("--delete-object", "--type", "secrkey", "--label", LABEL);
  }

  private void tool(String... arguments) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "pkcs11-tool",
                "--module",
                token.module().toString(),
                "--token-label",
                token.label(),
                "--login",
                "--pin",
                "env:PIN"));
    command.addAll(List.of(arguments));
    Map<String, String> environment = new HashMap<>(token.environment());
    environment.put("PIN", SoftHsm.PIN);
    Tools.run(environment, command);
  }

  @Override
  public void close() {}
}
