package dev.strongroom.delivery.source;

/**
 * Reads ranges of the objects of one version. Safe for several threads.
 *
 * <p>What it guarantees is the number of bytes, not what they are: storage is not trusted, and only
 * the tags of the segments tell whether these are the right ones.
 */
public interface RangeSource {
  /**
   * Begins to read a range. Nothing need happen before the first read.
   *
   * @throws dev.strongroom.core.problem.Problem as {@link RangeStream#readFully}
   */
  RangeStream open(ObjectRange range);
}
