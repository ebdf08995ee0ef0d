package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.pkcs11.broker.BrokerMain;
import dev.strongroom.keyservice.kms.pkcs11.broker.GcmSessionsMain;
import dev.strongroom.keyservice.kms.pkcs11.broker.TokenKeysMain;
import dev.strongroom.testkit.kms.SoftHsm;
import dev.strongroom.testkit.kms.TestToken;
import dev.strongroom.testkit.kms.Tools;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;

/** A token, its keys, and the backend on it. */
record TokenStage(TestToken token) {
  static final Duration HEALS_WITHIN = Duration.ofSeconds(60);

  /** Times for a busy machine; a token that is lost is looked for often. */
  static final BrokerTiming TIMING =
      new BrokerTiming(
          Duration.ofSeconds(4),
          Duration.ofSeconds(20),
          Duration.ofMillis(20),
          Duration.ofMillis(200),
          Duration.ofSeconds(1));

  /** Skips, or fails under CI, when something is missing. */
  static void require(Optional<String> missing) {
    if (System.getenv("CI") != null) {
      assertEquals(Optional.empty(), missing);
    }
    Assumptions.assumeTrue(missing.isEmpty(), missing.orElse(""));
  }

  /** Makes the first version of a KEK. */
  void make(String label, String kind) {
    keys("create", label, kind);
  }

  /** Makes the versions 1 to this. */
  void make(String label, String kind, int versions) {
    keys("upTo=" + versions, label, kind);
  }

  void destroy(String label) {
    keys("destroy", label, "AES");
  }

  private void keys(String command, String label, String kind) {
    var _ =
        run(
            TokenKeysMain.class,
            command,
            token.module().toString(),
            token.arguments(),
            token.label(),
            token.pinFile().toString(),
            label,
            kind);
  }

  /** What {@link GcmSessionsMain} prints. */
  String openDirectly(String label) {
    return run(
        GcmSessionsMain.class,
        token.module().toString(),
        token.arguments(),
        token.label(),
        token.pinFile().toString(),
        label);
  }

  private String run(Class<?> main, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
    command.addAll(List.of(arguments));
    return Tools.run(token.environment(), command);
  }

  /** What pkcs11-tool shows of the token. */
  String objects() {
    Map<String, String> environment = new HashMap<>(token.environment());
    environment.put("PIN", SoftHsm.PIN);
    return Tools.run(environment, tool("--list-objects"));
  }

  /** The command with the module, the token and the login. */
  List<String> tool(String... arguments) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("pkcs11-tool", "--module", token.module().toString(), "--token-label"));
    command.addAll(List.of(token.label(), "--login", "--pin", "env:PIN"));
    command.addAll(List.of(arguments));
    return command;
  }

  KekConfig.Pkcs11 config(String kek) {
    return config(kek, token.label(), token.pinFile());
  }

  KekConfig.Pkcs11 config(String kek, String label, Path pinFile) {
    return new KekConfig.Pkcs11(
        "pkcs11:token="
            + label.replace(" ", "%20")
            + ";object="
            + kek
            + "?module-path="
            + token.module(),
        pinFile,
        null,
        token.arguments(),
        List.of(),
        4,
        KekLimits.DEFAULT);
  }

  Pkcs11KeyWrapper open(String kek) {
    return open(config(kek));
  }

  Pkcs11KeyWrapper open(KekConfig.Pkcs11 config) {
    return Pkcs11KeyWrapper.open(
        config, new SecureRandom(), TIMING, new BrokerLauncher(token.environment()));
  }

  /** As a former KEK that nothing is under. */
  Pkcs11KeyWrapper openUnneeded(String kek) {
    return Pkcs11KeyWrapper.open(
        config(kek), true, new SecureRandom(), TIMING, new BrokerLauncher(token.environment()));
  }

  /** Waits until the backend has healed. Its answer is the only event that it gives. */
  static void awaitHealed(KeyWrapper wrapper) {
    long deadline = System.nanoTime() + HEALS_WITHIN.toNanos();
    while (true) {
      try {
        var _ = wrapper.status();
        return;
      } catch (Problem e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
      }
    }
  }

  /** Ends a broker, as a crash does. */
  static void kill(ProcessHandle broker) {
    assertTrue(broker.destroyForcibly());
    broker.onExit().join();
    assertFalse(broker.isAlive());
  }

  /** Every broker that this process has started and that still runs. */
  static List<ProcessHandle> brokers() {
    return ProcessHandle.current().children().filter(TokenStage::isBroker).toList();
  }

  private static boolean isBroker(ProcessHandle process) {
    try {
      return Files.readString(
              Path.of("/proc", String.valueOf(process.pid()), "cmdline"),
              StandardCharsets.ISO_8859_1)
          .contains(BrokerMain.class.getName());
    } catch (IOException e) {
      return false; // It has ended meanwhile.
    }
  }
}
