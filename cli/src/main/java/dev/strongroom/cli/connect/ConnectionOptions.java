package dev.strongroom.cli.connect;

import dev.strongroom.cli.Environment;
import dev.strongroom.cli.Strongroom;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.client.ClientLimits;
import dev.strongroom.delivery.client.KeyServiceClient;
import dev.strongroom.delivery.client.ServiceAddress;
import dev.strongroom.delivery.client.TlsTrust;
import dev.strongroom.delivery.client.TokenSource;
import dev.strongroom.delivery.retry.RetryLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * The options of every command that talks to a key service. An option beats an environment
 * variable, and that the profile.
 */
public final class ConnectionOptions {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final Duration LONG_ANSWER = Duration.ofMinutes(7);

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--service",
      paramLabel = "URL",
      description = "The key service, for example https://keys.example.org:8443.")
  private @Nullable String service;

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description = "The trust bundle: the pinned keys of service, log and publishers.")
  private @Nullable Path trust;

  @Option(
      names = "--ca",
      paramLabel = "FILE",
      description = "PEM certificates to trust as the service's; otherwise those Java trusts.")
  private @Nullable Path ca;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "Holds your identity token. It is read for each request.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--profile",
      paramLabel = "FILE",
      description = "A profile with these options; ~/.config/strongroom/config.yaml where absent.")
  private @Nullable Path profileFile;

  private @Nullable Profile profile;

  /** The profile that applies. */
  public Profile profile() {
    Profile known = profile;
    if (known == null) {
      known = readProfile();
      profile = known;
    }
    return known;
  }

  private Profile readProfile() {
    if (profileFile != null) {
      return ProfileFile.read(profileFile);
    }
    Optional<Path> named = environment().variable("STRONGROOM_PROFILE").map(Path::of);
    Path usual = usualProfile();
    if (named.isEmpty() && !Files.exists(usual)) {
      return Profile.EMPTY;
    }
    return ProfileFile.read(named.orElse(usual));
  }

  private Path usualProfile() {
    return environment()
        .baseDirectory("XDG_CONFIG_HOME", ".config")
        .resolve("strongroom")
        .resolve("config.yaml");
  }

  /** The profile that is read, or would be if it were there. */
  private Path profilePath() {
    Path file = profileFile;
    return (file != null
            ? file
            : environment().variable("STRONGROOM_PROFILE").map(Path::of).orElse(usualProfile()))
        .toAbsolutePath();
  }

  /** The file of the trust bundle, if one is named. */
  public Optional<Path> trustFile() {
    return path(trust, "STRONGROOM_TRUST", Profile::trust);
  }

  /**
   * The trust bundle.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when none is named or it is not valid
   */
  public TrustBundle trust() {
    return TrustFile.read(trustFile().orElseThrow(() -> missing("--trust FILE", "trust")));
  }

  /** The service's URL; the origin of the trust bundle where none is named. */
  public String service() {
    return namedService().orElseThrow(() -> missing("--service URL", "service"));
  }

  /** The same for commands that can do without a service. */
  public Optional<String> namedService() {
    return first(service, "STRONGROOM_SERVICE", Profile::service)
        .or(() -> trustFile().map(file -> TrustFile.read(file).origin()));
  }

  public Optional<Path> ca() {
    return path(ca, "STRONGROOM_CA", Profile::ca);
  }

  public Optional<Path> tokenFile() {
    return path(tokenFile, "STRONGROOM_TOKEN_FILE", Profile::tokenFile);
  }

  /** The connection that these options describe, made when it is first needed. */
  public KeyServiceClient connect() {
    return connect(ClientLimits.DEFAULT.within(PATIENCE));
  }

  /**
   * The same for requests that may take long: storages can be slow to put large objects together,
   * and a large store takes its time to be written anew.
   */
  public KeyServiceClient connectPatiently() {
    ClientLimits usual = ClientLimits.DEFAULT;
    return connect(
        new ClientLimits(
            usual.connect(), LONG_ANSWER, RetryLimits.within(PATIENCE), usual.maxBytes()));
  }

  private KeyServiceClient connect(ClientLimits limits) {
    Path token = tokenFile().orElseThrow(() -> missing("--token-file FILE", "tokenFile"));
    String url = service();
    String origin = trustFile().isPresent() ? trust().origin() : withoutSlash(url);
    return new KeyServiceClient(
        ServiceAddress.of(url, origin),
        () -> tls(ca()),
        TokenSource.file(token),
        limits,
        environment().timing(),
        environment().clock());
  }

  private static String withoutSlash(String url) {
    return url.endsWith("/") ? url.substring(0, url.length() - 1) : url;
  }

  /**
   * Trust in the certificates of a file and no others; without one, in those that Java trusts.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file holds none
   */
  public static SSLContext tls(Optional<Path> authorities) {
    try {
      return authorities.isPresent() ? TlsTrust.of(authorities.get()) : SSLContext.getDefault();
    } catch (NoSuchAlgorithmException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, "Java has no TLS here", e);
    }
  }

  /** A session with a proof key of its own. */
  public Session session() {
    return new Session(connect());
  }

  /** The same for requests that may take long. */
  public Session patientSession() {
    return new Session(connectPatiently());
  }

  private Environment environment() {
    return Strongroom.above(spec).environment();
  }

  private Optional<Path> path(
      @Nullable Path option, String variable, Function<Profile, @Nullable Path> key) {
    if (option != null) {
      return Optional.of(option);
    }
    return environment()
        .variable(variable)
        .map(Path::of)
        .or(() -> Optional.ofNullable(key.apply(profile())));
  }

  private Optional<String> first(
      @Nullable String option, String variable, Function<Profile, @Nullable String> key) {
    return Optional.ofNullable(option)
        .or(() -> environment().variable(variable))
        .or(() -> Optional.ofNullable(key.apply(profile())));
  }

  private Problem missing(String option, String key) {
    return new Problem(
        ProblemCode.CONFIGURATION_INVALID,
        "give " + option + ", or the key '" + key + "' in " + profilePath());
  }
}
