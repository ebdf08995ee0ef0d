package dev.strongroom.cli.publish;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.path.SourceFile;
import dev.strongroom.core.path.WeightPath;

/**
 * A source file and what it held when it was read whole.
 *
 * @param source where it is
 * @param index its place in the manifest, from 0
 * @param sha256 the digest of the whole file
 * @param segments the digest of each segment's plaintext, of the same bytes as {@code sha256}: by
 *     them a part is compared before it is encrypted
 */
record HashedFile(SourceFile source, int index, Sha256Digest sha256, SegmentDigests segments) {
  WeightPath path() {
    return source.path();
  }
}
