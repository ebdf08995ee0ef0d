package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelVersion;

/**
 * A version while it is being written.
 *
 * @param fence of the one writer, from 1; 0 while the key was released to nobody
 * @param jkt thumbprint of the writer's proof key; empty while there is no writer
 * @param subject {@code issuer|subject} of the writer; empty while there is none
 * @param openedAt seconds since the epoch
 */
public record Draft(
    DraftId id,
    ModelVersion target,
    DataKeyId dataKeyId,
    long fence,
    String jkt,
    String subject,
    State state,
    long openedAt) {

  /** Where a draft stands. */
  public enum State {
    /** It is being written. */
    OPEN,
    /** Everything is prepared for its publication; the log decides whether it happened. */
    FINALISING,
    /** It is being given up; the log decides whether that happened. */
    ABANDONING
  }
}
