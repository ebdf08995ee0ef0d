package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import io.github.jopenlibs.vault.EnvironmentLoader;
import io.github.jopenlibs.vault.Vault;
import io.github.jopenlibs.vault.VaultConfig;
import io.github.jopenlibs.vault.VaultException;
import io.github.jopenlibs.vault.api.Auth;
import io.github.jopenlibs.vault.response.AuthResponse;
import io.github.jopenlibs.vault.response.LookupResponse;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Gets tokens of Vault and renews them, through the Vault Java driver. */
final class VaultLogin {
  private static final int MAX_FILE_BYTES = 16 * 1024;
  private static final int FORBIDDEN = 403;
  private static final int TOO_MANY_REQUESTS = 429;

  /** What the driver puts before the answer in its messages. */
  private static final String QUOTE = "Response body: ";

  private final KekConfig.Vault config;
  private final HttpClient http;

  /**
   * @param http shared with the calls of the transit engine; the driver would make one per call
   */
  VaultLogin(KekConfig.Vault config, HttpClient http) {
    this.config = config;
    this.http = http;
  }

  /**
   * A fresh token.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when Vault is not reached or
   *     refuses
   */
  VaultToken login(Deadline deadline) {
    return switch (config.auth()) {
      case VaultAuth.Kubernetes it ->
          granted(
              deadline,
              auth ->
                  auth.loginByJwt(
                      "kubernetes", it.role(), text(it.tokenFile()), "auth/" + it.mount()));
      case VaultAuth.Jwt it ->
          granted(
              deadline,
              auth ->
                  auth.loginByJwt("jwt", it.role(), text(it.tokenFile()), "auth/" + it.mount()));
      case VaultAuth.AppRole it ->
          granted(
              deadline,
              auth -> auth.loginByAppRole(it.mount(), it.roleId(), secret(it.secretIdFile())));
      case VaultAuth.TokenFile it -> lookedUp(secret(it.path()), it.path(), deadline);
    };
  }

  /**
   * Lengthens the life of a token.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when Vault is not reached or
   *     refuses
   */
  VaultToken renew(VaultToken token, Deadline deadline) {
    try {
      AuthResponse answer = driver(token.value(), deadline).auth().renewSelf();
      return new VaultToken(
          token.value(),
          Duration.ofSeconds(answer.getAuthLeaseDuration()),
          answer.isAuthRenewable());
    } catch (VaultException e) {
      throw refused(e, "renews no token");
    }
  }

  /**
   * Whether Vault knows the token.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when it does not say
   */
  boolean isAlive(String token, Deadline deadline) {
    try {
      driver(token, deadline).auth().lookupSelf();
      return true;
    } catch (VaultException e) {
      if (e.getHttpStatusCode() == FORBIDDEN) {
        return false;
      }
      throw refused(e, "says nothing about its token");
    }
  }

  /** Ends a token that this service got for itself; whether that works is Vault's matter. */
  void giveBack(VaultToken token, Deadline deadline) {
    if (config.auth() instanceof VaultAuth.TokenFile) {
      return;
    }
    try {
      driver(token.value(), deadline).auth().revokeSelf();
    } catch (VaultException e) {
      // It ends by itself.
    }
  }

  private VaultToken granted(Deadline deadline, Login login) {
    try {
      AuthResponse answer = login.with(driver(null, deadline).auth());
      String token = answer.getAuthClientToken();
      if (token == null || token.isEmpty()) {
        throw new Problem(
            ProblemCode.KEY_BACKEND_UNAVAILABLE, "Vault answers a login without a token");
      }
      return new VaultToken(
          token, Duration.ofSeconds(answer.getAuthLeaseDuration()), answer.isAuthRenewable());
    } catch (VaultException e) {
      throw refused(e, "refuses the login");
    }
  }

  private VaultToken lookedUp(String token, Path file, Deadline deadline) {
    try {
      LookupResponse answer = driver(token, deadline).auth().lookupSelf();
      return new VaultToken(token, Duration.ofSeconds(answer.getTTL()), answer.isRenewable());
    } catch (VaultException e) {
      throw refused(e, "refuses the token in " + file + ": who writes it must replace it");
    }
  }

  // The driver's messages quote whole answers and are not passed on; nor is their cause.
  private Problem refused(VaultException e, String what) {
    String vault = "Vault at " + config.address().getAuthority() + " ";
    if (e.getHttpStatusCode() == 0) {
      return new Problem(
          ProblemCode.KEY_BACKEND_UNAVAILABLE,
          vault + "is not reached: check that it runs, and the address and caFile of kek.vault");
    }
    String errors = errors(e);
    return new Problem(
        e.getHttpStatusCode() == TOO_MANY_REQUESTS
            ? ProblemCode.KEY_BACKEND_THROTTLED
            : ProblemCode.KEY_BACKEND_UNAVAILABLE,
        vault
            + what
            + " (status "
            + e.getHttpStatusCode()
            + (errors.isEmpty() ? "" : ", " + errors)
            + "): check kek.vault.auth and the role in Vault");
  }

  private static String errors(VaultException e) {
    String message = String.valueOf(e.getMessage());
    int body = message.indexOf(QUOTE);
    if (body < 0) {
      return "";
    }
    byte[] json = message.substring(body + QUOTE.length()).getBytes(StandardCharsets.UTF_8);
    try (VaultReply reply = new VaultReply(e.getHttpStatusCode(), json)) {
      return reply.errors();
    }
  }

  private Vault driver(@Nullable String token, Deadline deadline) {
    try {
      VaultConfig settings =
          new VaultConfig()
              .environmentLoader(new NoEnvironment())
              .address(config.address().toString())
              .httpClient(http)
              .engineVersion(1)
              .readTimeout(wholeSeconds(deadline.left()));
      if (token != null) {
        settings.token(token);
      }
      if (config.namespace() != null) {
        settings.nameSpace(config.namespace());
      }
      return Vault.create(settings.build());
    } catch (VaultException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID, "the settings of kek.vault are not usable", e);
    }
  }

  // The driver knows no others; a login may take up to one longer than the call has left.
  private static int wholeSeconds(Duration time) {
    return Math.toIntExact(time.plusSeconds(1).minusNanos(1).toSeconds());
  }

  // A projected token is readable for its pod, whatever its mode says.
  private static String text(Path file) {
    try {
      if (Files.size(file) > MAX_FILE_BYTES) {
        throw unreadable(file);
      }
      return Files.readString(file, StandardCharsets.US_ASCII).strip();
    } catch (IOException e) {
      throw unreadable(file);
    }
  }

  private static Problem unreadable(Path file) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "the token in " + file + " cannot be read: check that it is mounted");
  }

  private static String secret(Path file) {
    byte[] bytes = OwnerOnlyFile.read(file, MAX_FILE_BYTES);
    try {
      return new String(bytes, StandardCharsets.US_ASCII).strip();
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private interface Login {
    AuthResponse with(Auth auth) throws VaultException;
  }

  /**
   * The driver would take VAULT_TOKEN, VAULT_SSL_VERIFY and ~/.vault-token over the configuration.
   */
  private static final class NoEnvironment extends EnvironmentLoader {
    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable String loadVariable(String name) {
      return null;
    }
  }
}
