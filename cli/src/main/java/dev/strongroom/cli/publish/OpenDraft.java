package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.weights.VersionKey;
import java.util.List;
import java.util.Set;

/**
 * A draft that this process may write, and its data key. Safe for several threads. Every call
 * throws {@link dev.strongroom.core.problem.Problem} with the code that the service answers: {@code
 * DRAFT_FENCED} once another writer has resumed the draft.
 */
public interface OpenDraft extends AutoCloseable {
  /** The verified right to write. */
  DraftGrant grant();

  /** What is derived from the data key; wiped when the draft is closed. */
  VersionKey key();

  /** The names of the draft's objects as the service knows them, whoever began them. */
  Set<String> objectNames();

  /** Begins an object of this many bytes of ciphertext. */
  Upload.Begun begin(long size);

  /** Presigned PUTs for up to 100 parts. */
  List<Upload.PartUrl> partUrls(String objectName, int first, int count);

  /** Puts the parts together. */
  Upload.Completed complete(String objectName, List<Upload.Part> parts);

  /** Gives an object up; harmless when it is gone already. */
  void abandon(String objectName);

  /** Turns the draft into a version. */
  Upload.Published finalise(byte[] envelope);

  /** Wipes the data key; the draft stays open at the service. */
  @Override
  void close();
}
