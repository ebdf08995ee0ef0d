package dev.strongroom.delivery.grant;

import dev.strongroom.core.grant.DraftGrant;
import dev.strongroom.core.secret.SecretBytes;

/**
 * The right to write a draft, made only from verified bytes. Closing wipes the data key.
 *
 * @param dataKey 32 bytes
 * @param logIndex the place of this release in the log
 */
public record VerifiedDraft(DraftGrant grant, SecretBytes dataKey, long logIndex)
    implements AutoCloseable {
  @Override
  public void close() {
    dataKey.close();
  }

  @Override
  public String toString() {
    return "VerifiedDraft[" + grant.draft() + "]";
  }
}
