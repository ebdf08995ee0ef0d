package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.TpmName;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enrolled keys of a file, as it is now: one that is added or struck off counts from the next
 * request on. While the file cannot be read, no quote is believed: a key that was struck off with
 * the same change would be, otherwise. Looking costs one {@code stat} for each quote, beside two
 * signatures that it verifies.
 */
final class WatchedKeys implements AttestationKeys {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedKeys.class);

  private final Path file;
  private volatile State state;

  /**
   * What was read, and of which file.
   *
   * @param fault why it could not be read; null when it could
   */
  private record State(String of, AttestationKeys keys, @Nullable Problem fault) {}

  /**
   * Reads the file.
   *
   * @throws Problem as {@link EnrolledKeysFile#read}
   */
  WatchedKeys(Path file) {
    this.file = file;
    this.state = new State(stamp(), AttestationKeys.of(EnrolledKeysFile.read(file)), null);
  }

  /**
   * As declared.
   *
   * @throws Problem {@link ProblemCode#EVIDENCE_UNVERIFIABLE} while the file cannot be read
   */
  @Override
  public Optional<EnrolledKey> find(TpmName name) {
    State known = state;
    if (isOld(known)) {
      known = readAgain();
    }
    if (known.fault() != null) {
      throw new Problem(
          ProblemCode.EVIDENCE_UNVERIFIABLE,
          "quotes of TPMs are refused until the file of enrolled keys can be read again: "
              + known.fault().getMessage(),
          known.fault());
    }
    return known.keys().find(name);
  }

  // A fault may end without a trace in the stamp: where rights were missing.
  private boolean isOld(State known) {
    return known.fault() != null || !stamp().equals(known.of());
  }

  private synchronized State readAgain() {
    State before = state;
    if (!isOld(before)) {
      return before;
    }
    String now = stamp();
    try {
      state = new State(now, AttestationKeys.of(EnrolledKeysFile.read(file)), null);
      LOG.info("enrolled attestation keys read");
    } catch (Problem e) {
      state = new State(now, AttestationKeys.NONE, e);
      if (before.fault() == null
          || !String.valueOf(e.getMessage()).equals(before.fault().getMessage())) {
        LOG.atError()
            .addKeyValue("code", e.code().wireName())
            .log("quotes of TPMs are refused: {}", e.getMessage());
      }
    }
    return state;
  }

  // Taken before the content: what is written between is read again.
  private String stamp() {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      return attributes.fileKey() + " " + attributes.size() + " " + attributes.lastModifiedTime();
    } catch (IOException e) {
      return "absent";
    }
  }
}
