package dev.strongroom.keyservice.evidence;

import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.TpmName;
import dev.strongroom.core.problem.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The enrolled keys of a file, as it is now: one that is added or struck off counts from the next
 * request on. What cannot be read is logged, and what was read before stays. Looking costs one
 * {@code stat} for each quote, beside two signatures that it verifies.
 */
final class WatchedKeys implements AttestationKeys {
  private static final Logger LOG = LoggerFactory.getLogger(WatchedKeys.class);

  private final Path file;
  private volatile State state;

  /** What was read, and of which file. */
  private record State(String of, AttestationKeys keys) {}

  /**
   * Reads the file.
   *
   * @throws Problem as {@link EnrolledKeysFile#read}
   */
  WatchedKeys(Path file) {
    this.file = file;
    this.state = new State(stamp(), AttestationKeys.of(EnrolledKeysFile.read(file)));
  }

  @Override
  public Optional<EnrolledKey> find(TpmName name) {
    if (!stamp().equals(state.of())) {
      readAgain();
    }
    return state.keys().find(name);
  }

  private synchronized void readAgain() {
    String now = stamp();
    if (now.equals(state.of())) {
      return;
    }
    try {
      state = new State(now, AttestationKeys.of(EnrolledKeysFile.read(file)));
      LOG.info("enrolled attestation keys read");
    } catch (Problem e) {
      state = new State(now, state.keys());
      LOG.atError()
          .addKeyValue("code", e.code().wireName())
          .log("the enrolled attestation keys stay as they were: {}", e.getMessage());
    }
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
