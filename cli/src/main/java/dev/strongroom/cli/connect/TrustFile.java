package dev.strongroom.cli.connect;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.SignatureRequirement;
import dev.strongroom.auditlog.SignatureType;
import dev.strongroom.auditlog.TrustedKey;
import dev.strongroom.auditlog.VerifierKey;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.trust.TrustBundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
    try {
      List<TrustedKey> keys = bundle.log().keys().stream().map(TrustFile::trustedKey).toList();
      return new LogTrust(bundle.log().origin(), keys, requirement(keys));
    } catch (AuditLogException | IllegalArgumentException | DateTimeException e) {
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the log's keys in the trust bundle are not valid: " + e.getMessage(),
          e);
    }
  }

  // As many signatures as kinds of keys are pinned.
  private static SignatureRequirement requirement(List<TrustedKey> keys) {
    Set<SignatureType> types = EnumSet.noneOf(SignatureType.class);
    keys.forEach(key -> types.add(key.key().type()));
    if (types.size() == 2) {
      return SignatureRequirement.BOTH;
    }
    return types.contains(SignatureType.ED25519)
        ? SignatureRequirement.ED25519
        : SignatureRequirement.ML_DSA_44;
  }

  private static TrustedKey trustedKey(TrustBundle.LogKey key) {
    return new TrustedKey(
        VerifierKey.parse(key.vkey()),
        time(key.notBefore(), Instant.MIN),
        time(key.notAfter(), Instant.MAX));
  }

  private static Instant time(@Nullable String text, Instant otherwise) {
    return text == null ? otherwise : Instant.parse(text);
  }
}
