package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A broker gets what modules need of the service's environment, and no credentials. */
class ModuleEnvironmentTest {
  private static final String SECRET = "a-secret-of-the-service";
  private static final List<String> SECRETS =
      List.of(
          "AWS_ACCESS_KEY_ID",
          "AWS_SECRET_ACCESS_KEY",
          "AWS_SESSION_TOKEN",
          "AWS_CONTAINER_AUTHORIZATION_TOKEN",
          "VAULT_TOKEN",
          "BAO_TOKEN",
          "DATABASE_URL",
          "LC_SECRET",
          "JAVA_OPTIONS_OF_SOMEBODY");

  @TempDir private Path folder;

  @Test
  void variablesOfModulesAndThoseThatAreNamedPass() {
    Map<String, String> service = new HashMap<>();
    SECRETS.forEach(name -> service.put(name, SECRET));
    Map<String, String> wanted =
        Map.of(
            "SOFTHSM2_CONF", "/etc/softhsm2.conf",
            "KRYOPTIC_CONF", "/etc/kryoptic.conf",
            "ChrystokiConfigurationPath", "/etc/luna",
            "CKNFAST_LOADSHARING", "1",
            "CS_PKCS11_R3_CFG", "/etc/utimaco",
            "LD_LIBRARY_PATH", "/opt/hsm",
            "HOME", "/var/lib/strongroom",
            "VENDOR_FILE", "/etc/vendor");
    service.putAll(wanted);
    assertEquals(wanted, ModuleEnvironment.of(service, List.of("VENDOR_FILE", "NOT_SET")));
  }

  @Test
  void theBrokerOfAServiceSeesNoCredentials() {
    TokenStage.require(SoftHsm.missing());
    TokenStage stage = new TokenStage(SoftHsm.create(folder, "strongroom"));
    stage.make("kek", "AES");
    KekConfig.Pkcs11 config = stage.config("kek");
    Map<String, String> environment = new HashMap<>(stage.token().environment());
    SECRETS.forEach(name -> environment.put(name, SECRET));
    environment.put("VENDOR_FILE", "/etc/vendor");
    String seen =
        Tools.run(
            environment,
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ServiceMain.class.getName(),
                config.uri(),
                stage.token().pinFile().toString()));
    Set<String> names = new TreeSet<>(Arrays.asList(seen.strip().split(" ")));
    names.removeIf(name -> !environment.containsKey(name));
    assertEquals(Set.of("SOFTHSM2_CONF", "VENDOR_FILE"), names);
  }

  /** Opens the KEK of this URI and PIN file, and prints the names in its broker's environment. */
  static final class ServiceMain {
    private ServiceMain() {}

    /** Runs. */
    public static void main(String[] arguments) throws IOException {
      KekConfig.Pkcs11 config =
          new KekConfig.Pkcs11(
              arguments[0],
              Path.of(arguments[1]),
              null,
              "",
              List.of("VENDOR_FILE"),
              1,
              KekLimits.DEFAULT);
      try (Pkcs11KeyWrapper wrapper = Pkcs11KeyWrapper.open(config, new SecureRandom())) {
        var _ = wrapper.status();
        Path environ = Path.of("/proc", "" + TokenStage.brokers().getFirst().pid(), "environ");
        System.out.println(
            Arrays.stream(Files.readString(environ, StandardCharsets.ISO_8859_1).split("\0"))
                .map(each -> each.split("=", 2)[0])
                .collect(Collectors.joining(" ")));
      }
    }
  }
}
