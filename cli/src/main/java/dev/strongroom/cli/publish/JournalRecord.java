package dev.strongroom.cli.publish;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.manifest.ManifestDigest;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.problem.Require;

/** One line of the journal of a publication. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "record")
@JsonSubTypes({
  @JsonSubTypes.Type(value = JournalRecord.Opened.class, name = "opened"),
  @JsonSubTypes.Type(value = JournalRecord.StorageChosen.class, name = "storage-chosen"),
  @JsonSubTypes.Type(value = JournalRecord.Begun.class, name = "begun"),
  @JsonSubTypes.Type(value = JournalRecord.PartHashed.class, name = "part-hashed"),
  @JsonSubTypes.Type(value = JournalRecord.PartUploaded.class, name = "part-uploaded"),
  @JsonSubTypes.Type(value = JournalRecord.Completed.class, name = "completed"),
  @JsonSubTypes.Type(value = JournalRecord.Abandoned.class, name = "abandoned"),
  @JsonSubTypes.Type(value = JournalRecord.Finalising.class, name = "finalising")
})
sealed interface JournalRecord {

  /** The first record: which draft and data key the others are about. */
  record Opened(
      String format,
      ModelName model,
      VersionId version,
      DraftId draft,
      DataKeyId dataKeyId,
      int segmentSize)
      implements JournalRecord {
    static final String FORMAT = "strongroom-upload-journal/v2";

    public Opened {
      Require.that(FORMAT.equals(format), "a journal has the format " + FORMAT);
      Require.present(model, "model");
      Require.present(version, "version");
      Require.present(draft, "draft");
      Require.present(dataKeyId, "dataKeyId");
    }
  }

  /** The origin that parts go to, taken because none was named; on disk before the first leaves. */
  record StorageChosen(String origin) implements JournalRecord {
    public StorageChosen {
      Require.present(origin, "origin");
    }
  }

  /**
   * An attempt at an object: everything that its keys, nonces and plaintext are determined by.
   *
   * @param header the 40 bytes of salt and nonce prefix, used for this object and never for another
   */
  record Begun(
      String objectName,
      int index,
      WeightPath path,
      long size,
      Sha256Digest sha256,
      Blob header,
      long partSize)
      implements JournalRecord {
    public Begun {
      Require.present(objectName, "objectName");
      Require.present(path, "path");
      Require.present(sha256, "sha256");
      Require.present(header, "header");
    }
  }

  /**
   * The plaintext of a part; on disk before any of the part's ciphertext leaves the process.
   *
   * @param sha256 of the digests of its segments, one after the other
   */
  record PartHashed(String objectName, int part, Sha256Digest sha256) implements JournalRecord {
    public PartHashed {
      Require.present(objectName, "objectName");
      Require.present(sha256, "sha256");
    }
  }

  /** The storage has the part. */
  record PartUploaded(String objectName, int part, String etag) implements JournalRecord {
    public PartUploaded {
      Require.present(objectName, "objectName");
      Require.present(etag, "etag");
    }
  }

  /** The parts are together. */
  record Completed(String objectName) implements JournalRecord {
    public Completed {
      Require.present(objectName, "objectName");
    }
  }

  /** The object was given up; its header is never used again. */
  record Abandoned(String objectName) implements JournalRecord {
    public Abandoned {
      Require.present(objectName, "objectName");
    }
  }

  /** This manifest is about to be sent. */
  record Finalising(ManifestDigest manifestDigest) implements JournalRecord {
    public Finalising {
      Require.present(manifestDigest, "manifestDigest");
    }
  }
}
