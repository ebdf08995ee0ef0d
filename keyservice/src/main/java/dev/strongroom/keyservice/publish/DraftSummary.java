package dev.strongroom.keyservice.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import java.util.List;

/**
 * A draft as its publishers see it.
 *
 * @param subject {@code issuer|subject} of the writer; empty while there is none
 * @param fence of the writer
 * @param openedAt seconds since the epoch
 */
public record DraftSummary(
    DraftId draft,
    ModelName model,
    VersionId version,
    String subject,
    long fence,
    long openedAt,
    List<Upload.ObjectState> objects) {
  public DraftSummary {
    objects = List.copyOf(objects);
  }
}
