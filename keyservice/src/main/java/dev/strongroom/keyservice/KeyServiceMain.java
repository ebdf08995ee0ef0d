package dev.strongroom.keyservice;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.ProcessHardening;
import dev.strongroom.core.weights.CryptoProviders;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts the key service. */
public final class KeyServiceMain {
  /** Everything went as asked. */
  public static final int OK = 0;

  /** The service could not start, or ended by a fault. */
  public static final int FAILED = 1;

  /** The command line was not understood. */
  public static final int MISUSE = 2;

  /** The configuration is wrong: {@code EX_CONFIG} of sysexits.h. */
  public static final int CONFIGURATION = 78;

  private static final String USAGE =
      """
      Usage: strongroom-keyservice --config FILE

      Releases data keys of encrypted models to workloads that proved what they are.

        --config FILE   the configuration (YAML)
        --help          this text
        --version       the version

      Signals: HUP reads the policy again at once (the service also looks at the file
      every few seconds), TERM stops after running requests.
      Exit codes: 143 after TERM, 1 failed, 2 wrong usage, 78 wrong configuration.
      """;

  private KeyServiceMain() {}

  /** Runs until the process is told to stop. */
  public static void main(String[] arguments) {
    int code = run(List.of(arguments));
    if (code != OK) {
      System.exit(code);
    }
  }

  /** Starts the service, or says why not; {@link #OK} while the service runs. */
  static int run(List<String> arguments) {
    if (arguments.equals(List.of("--help"))) {
      System.out.print(USAGE);
      return OK;
    }
    if (arguments.equals(List.of("--version"))) {
      System.out.println("strongroom-keyservice " + version());
      return OK;
    }
    if (arguments.size() != 2 || !arguments.get(0).equals("--config")) {
      System.err.print(USAGE);
      return MISUSE;
    }
    return serve(Path.of(arguments.get(1)));
  }

  private static int serve(Path configFile) {
    ProcessHardening hardening = ProcessHardening.apply();
    CryptoProviders crypto = CryptoProviders.install();
    Logger log = LoggerFactory.getLogger(KeyServiceMain.class);
    log.atInfo()
        .addKeyValue("notDumpable", hardening.notDumpable())
        .addKeyValue("noCoreFiles", hardening.noCoreFiles())
        .addKeyValue("attachDisabled", hardening.attachDisabled())
        .addKeyValue("memoryLocking", hardening.memoryLocking())
        .log("process hardening");
    log.atInfo()
        .addKeyValue("aesGcm", crypto.aesGcm())
        .addKeyValue("ed25519", crypto.ed25519())
        .addKeyValue("ecdsa", crypto.ecdsa())
        .log("crypto providers: {}", crypto.note());
    try {
      KeyService service = KeyService.start(KeyServiceConfig.read(configFile));
      Runtime.getRuntime().addShutdownHook(new Thread(service::close, "shutdown"));
      listen(service, log);
      return OK;
    } catch (Problem e) {
      log.atError().addKeyValue("code", e.code().wireName()).log("{}", e.getMessage());
      return isConfiguration(e.code()) ? CONFIGURATION : FAILED;
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("the service could not start");
      return FAILED;
    }
  }

  private static void listen(KeyService service, Logger log) {
    switch (HangUp.onEach(service::reloadPolicy)) {
      case HEARD -> {}
      case IGNORED ->
          log.atWarn()
              .log(
                  "SIGHUP is ignored, as under nohup: a new policy is found by looking at its file");
      case NOT_OFFERED ->
          log.atWarn()
              .log("this runtime offers no signals: a new policy is found by looking at its file");
    }
  }

  private static boolean isConfiguration(ProblemCode code) {
    return code == ProblemCode.CONFIGURATION_INVALID
        || code == ProblemCode.KEY_FILE_INSECURE
        || code == ProblemCode.KEY_FILE_MISSING
        || code == ProblemCode.STORE_FILE_INSECURE
        || code == ProblemCode.STORE_MISMATCH
        || code == ProblemCode.KEK_NOT_CONFIGURED
        || code == ProblemCode.KEK_UNUSABLE;
  }

  private static String version() {
    @Nullable String version = KeyServiceMain.class.getPackage().getImplementationVersion();
    return version == null ? "(development)" : version;
  }
}
