package dev.strongroom.cli.connect;

import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import dev.strongroom.delivery.grant.PinnedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The pinned keys as they stand in a file. */
public final class TrustFile {
  private static final int MAX_BYTES = 1 << 20;

  private TrustFile() {}

  /**
   * Reads a trust bundle.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when the file cannot be read or holds
   *     something else
   */
  public static TrustBundle read(Path file) {
    try {
      return CanonicalJson.parse(Files.readAllBytes(file), TrustBundle.class, MAX_BYTES);
    } catch (IOException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the trust bundle " + file + " cannot be read; get it from who runs the key service",
          e);
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the trust bundle " + file + " is not valid: " + e.getMessage(),
          e);
    }
  }

  /**
   * What to require of the log: a signature by a key of every kind that is pinned.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} when a key or time is not readable
   */
  public static LogTrust logTrust(TrustBundle bundle) {
    return PinnedLog.trust(bundle.log());
  }
}
