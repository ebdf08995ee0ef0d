package dev.strongroom.delivery.grant;

import dev.strongroom.core.grant.Grant;
import dev.strongroom.core.grant.ObjectUrl;
import dev.strongroom.core.manifest.VerifiedManifest;
import dev.strongroom.core.secret.SecretBytes;
import java.util.List;

/**
 * A grant that has passed every check, made only from verified bytes. Closing wipes the data key.
 *
 * @param grant what the service signed
 * @param manifest what the publisher signed
 * @param dataKey 32 bytes
 * @param objects where the first files are; not verified, and not in need of it: what comes from
 *     there is checked segment by segment
 * @param logIndex the place of this release in the log
 */
public record VerifiedGrant(
    Grant grant,
    VerifiedManifest manifest,
    SecretBytes dataKey,
    List<ObjectUrl> objects,
    long logIndex)
    implements AutoCloseable {
  public VerifiedGrant {
    objects = List.copyOf(objects);
  }

  @Override
  public void close() {
    dataKey.close();
  }

  @Override
  public String toString() {
    return "VerifiedGrant[" + grant.lease() + "]";
  }
}
