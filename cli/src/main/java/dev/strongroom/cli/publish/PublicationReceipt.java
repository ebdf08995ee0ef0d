package dev.strongroom.cli.publish;

import dev.strongroom.auditlog.AuditLogException;
import dev.strongroom.auditlog.LogTrust;
import dev.strongroom.auditlog.Receipt;
import dev.strongroom.auditlog.ReceiptVerifier;
import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.grant.Upload;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.manifest.Manifest;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** The proof that a publication stands in the log, as its publisher checks it. */
public final class PublicationReceipt {
  private final LogTrust trust;

  /**
   * @param trust the pinned log
   */
  public PublicationReceipt(LogTrust trust) {
    this.trust = trust;
  }

  /**
   * Verifies that the service's answer proves the publication of this manifest.
   *
   * @param draft the draft that the manifest was made for
   * @param now when the answer came
   * @throws Problem {@link ProblemCode#RECEIPT_INVALID} when the receipt does not verify against
   *     the pinned log, or its entry is not the publication of this draft, model, version, data key
   *     and manifest
   */
  void verify(
      Upload.Published answer,
      DraftId draft,
      Manifest manifest,
      ManifestDigest digest,
      Instant now) {
    LogEvent event;
    try {
      byte[] leaf = answer.leaf().bytes();
      ReceiptVerifier.verify(Receipt.parse(answer.receipt(), leaf), leaf, trust, now);
      event = EventCodec.read(leaf);
    } catch (AuditLogException e) {
      throw invalid("it does not verify (" + e.code().wireName() + "): " + e.getMessage(), e);
    } catch (Problem e) {
      throw invalid("its entry cannot be read: " + e.getMessage(), e);
    }
    boolean same =
        event instanceof LogEvent.VersionPublished published
            && published.draft().equals(draft)
            && published.model().equals(manifest.model())
            && published.version().equals(manifest.version())
            && published.dataKeyId().equals(manifest.dataKeyId())
            && published.manifestDigest().hex().equals(digest.hex())
            && published.files() == manifest.totals().files()
            && published.bytes() == manifest.totals().plaintextBytes();
    if (!same) {
      throw invalid("its entry is not the publication of this manifest", null);
    }
  }

  private static Problem invalid(String why, @Nullable Throwable cause) {
    String message =
        "the receipt of the publication is refused: "
            + why
            + "; the service may have published the version all the same: look into the log"
            + " (strongroom audit fetch) before you rely on it, or revoke the version";
    return cause == null
        ? new Problem(ProblemCode.RECEIPT_INVALID, message)
        : new Problem(ProblemCode.RECEIPT_INVALID, message, cause);
  }
}
