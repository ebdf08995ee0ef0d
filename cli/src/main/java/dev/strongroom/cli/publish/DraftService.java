package dev.strongroom.cli.publish;

import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelVersion;
import java.util.Optional;

/** What publishing needs of the key service. Safe for several threads. */
public interface DraftService {
  /**
   * Opens the draft of this version, or resumes the open one: then earlier writers are fenced off.
   * What comes back has been verified: signature and binding of the draft grant, and its receipt.
   *
   * @throws dev.strongroom.core.problem.Problem {@code VERSION_EXISTS}, {@code ACCESS_DENIED} and
   *     what else the service answers; {@code GRANT_SIGNATURE_INVALID}, {@code GRANT_MISMATCH},
   *     {@code RECEIPT_INVALID}, {@code SEALED_KEY_INVALID} when the answer does not verify
   */
  OpenDraft open(ModelVersion target);

  /** The signed manifest of this version as the service gives it out, if it is published. */
  Optional<Blob> publishedManifest(ModelVersion target);

  /**
   * The entry of a publication in the log, with its receipt; neither is verified yet.
   *
   * @throws dev.strongroom.core.problem.Problem {@code VERSION_UNKNOWN}, {@code ACCESS_DENIED} and
   *     what else the service answers
   */
  Upload.Published publication(ModelVersion target);
}
