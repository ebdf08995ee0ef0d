package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.weights.StreamHeader;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the journal says of one object. Safe for several threads. */
final class JournaledObject {
  private final JournalRecord.Begun begun;
  private final Map<Integer, Sha256Digest> hashes = new HashMap<>();
  private final Map<Integer, String> etags = new HashMap<>();
  private boolean completed;

  JournaledObject(JournalRecord.Begun begun) {
    this.begun = begun;
  }

  JournalRecord.Begun begun() {
    return begun;
  }

  String objectName() {
    return begun.objectName();
  }

  StreamHeader header() {
    return StreamHeader.parse(begun.header().bytes());
  }

  /** Whether this object was begun for exactly this content at this place. */
  boolean isFor(HashedFile file) {
    return begun.index() == file.index()
        && begun.path().equals(file.source().path())
        && begun.size() == file.source().size()
        && begun.sha256().equals(file.sha256());
  }

  synchronized Optional<Sha256Digest> hash(int part) {
    return Optional.ofNullable(hashes.get(part));
  }

  synchronized void putHash(int part, Sha256Digest sha256) {
    hashes.put(part, sha256);
  }

  synchronized Optional<String> etag(int part) {
    return Optional.ofNullable(etags.get(part));
  }

  synchronized void putEtag(int part, String etag) {
    etags.put(part, etag);
  }

  synchronized boolean isCompleted() {
    return completed;
  }

  synchronized void setCompleted() {
    completed = true;
  }
}
