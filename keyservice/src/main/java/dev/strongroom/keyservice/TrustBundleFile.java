package dev.strongroom.keyservice;

import com.fasterxml.jackson.core.JsonProcessingException;
import dev.strongroom.auditlog.LogKeys;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.PinnedKey;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.PublisherConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The keys of this service for operators to pin: written at each start, read by nobody here. It is
 * carried to workloads by hand or by a chart, never fetched from the service that it vouches for.
 */
final class TrustBundleFile {
  private static final String NAME = "trust-bundle.json";

  private TrustBundleFile() {}

  /**
   * What a verifier pins.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#CONFIGURATION_INVALID}
   *     when the file of a publisher is not usable
   */
  static TrustBundle bundle(KeyServiceConfig config, SigningKey grantKey, LogKeys logKeys) {
    List<TrustBundle.Publisher> publishers = new ArrayList<>();
    for (PublisherConfig publisher : config.publishers()) {
      String key = "publishers[" + publishers.size() + "].keyFile";
      publishers.add(
          new TrustBundle.Publisher(
              publisher.name(), pinned(key, publisher.keyFile()), publisher.models()));
    }
    return new TrustBundle(
        TrustBundle.FORMAT,
        config.origin().toString(),
        List.of(PinnedKey.of(grantKey.publicKey())),
        new TrustBundle.LogTrust(
            logKeys.origin(),
            logKeys.verifierKeys().stream()
                .map(key -> new TrustBundle.LogKey(key.toString(), null, null))
                .toList()),
        publishers);
  }

  private static PinnedKey pinned(String key, Path file) {
    try {
      return PinnedKey.of(PublisherKey.readPublic(file));
    } catch (Problem e) {
      throw new Problem(e.code(), key + ": " + e.getMessage(), e);
    }
  }

  /**
   * Writes it below {@code dataDir}.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when it cannot be written
   */
  static Path write(Path dataDir, TrustBundle bundle) {
    Path file = dataDir.resolve(NAME);
    Path fresh = dataDir.resolve(NAME + ".new");
    try {
      Files.writeString(fresh, pretty(bundle), StandardCharsets.UTF_8);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } catch (IOException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, file + " cannot be written", e);
    }
  }

  private static String pretty(TrustBundle bundle) throws JsonProcessingException {
    return StrictJson.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(bundle) + "\n";
  }
}
