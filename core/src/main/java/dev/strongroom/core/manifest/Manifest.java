package dev.strongroom.core.manifest;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.core.weights.KeyContext;
import dev.strongroom.core.weights.SegmentLayout;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The signed list of the files of one version. It is valid when it exists: paths can stand beside
 * each other, sizes agree with the layout of segments, indexes are dense, in the order of the
 * paths, totals add up. Normative text: {@code docs/spec/weight-format.md}, section "Manifest".
 *
 * @param format {@link #FORMAT}
 * @param model the model's name
 * @param version the version's name
 * @param dataKeyId the one data key of the version
 * @param algorithm {@link #ALGORITHM}
 * @param segmentSize bytes of a ciphertext segment
 * @param createdAt RFC 3339 in UTC to the second, for people
 * @param files 1 to 10,000 files in the order of their paths
 * @param omsRootDigest root digest of the verified OpenSSF model signature, where there is one
 * @param totals sums over the files
 */
public record Manifest(
    String format,
    ModelName model,
    VersionId version,
    DataKeyId dataKeyId,
    String algorithm,
    int segmentSize,
    String createdAt,
    List<ManifestFile> files,
    @Nullable Sha256Digest omsRootDigest,
    ManifestTotals totals) {
  /** The identifier of this format. */
  public static final String FORMAT = "strongroom-manifest/v1";

  /** The identifier of the only algorithm of this format. */
  public static final String ALGORITHM = "AES256_GCM_HKDF_SHA256";

  /**
   * @throws Problem {@link ProblemCode#UNSUPPORTED_ALGORITHM} for another format, algorithm or
   *     segment size, {@link ProblemCode#INVALID_PATH} for colliding paths, {@link
   *     ProblemCode#MANIFEST_INVALID} for everything else that does not agree
   */
  public Manifest {
    ManifestRules.checkIdentifiers(
        Require.present(format, "format"), Require.present(algorithm, "algorithm"));
    Require.present(model, "model");
    Require.present(version, "version");
    Require.present(dataKeyId, "dataKeyId");
    ManifestRules.checkTime(Require.present(createdAt, "createdAt"));
    files = List.copyOf(Require.present(files, "files"));
    ManifestRules.checkFiles(files, segmentSize);
    ManifestRules.checkTotals(files, Require.present(totals, "totals"));
  }

  /**
   * A manifest of this format with the totals of its files.
   *
   * @param createdAt the time, cut to the second
   * @param files in the order of their paths
   * @throws Problem as the constructor
   */
  public static Manifest of(
      ModelVersion version,
      DataKeyId dataKeyId,
      int segmentSize,
      Instant createdAt,
      List<ManifestFile> files,
      @Nullable Sha256Digest omsRootDigest) {
    return new Manifest(
        FORMAT,
        version.model(),
        version.version(),
        dataKeyId,
        ALGORITHM,
        segmentSize,
        ManifestRules.formatTime(createdAt),
        files,
        omsRootDigest,
        ManifestTotals.of(files));
  }

  /** Model and version together. */
  @JsonIgnore
  public ModelVersion modelVersion() {
    return new ModelVersion(model, version);
  }

  /** The context that the keys of this file are bound to. */
  public KeyContext contextOf(ManifestFile file) {
    return new KeyContext(modelVersion(), file.path(), file.index(), file.plaintextSize());
  }

  /** Where the segments of this file lie. */
  public SegmentLayout layoutOf(ManifestFile file) {
    return new SegmentLayout(file.plaintextSize(), segmentSize);
  }
}
