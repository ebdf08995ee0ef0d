package dev.strongroom.auditlog;

/**
 * Something that wants to stand in the log. It is the one ordering point: check-then-append belongs
 * here and nowhere else.
 */
@FunctionalInterface
public interface Entry {
  /** The largest leaf, in bytes: its length stands as a uint16 in the entry bundle. */
  int MAX_LEAF_BYTES = 65_535;

  /**
   * Decides, and yields the leaf. Called exactly once, on the log's own thread, in log order: no
   * other entry is admitted meanwhile. It must be quick, must not block and must not submit and
   * wait. A caller that gave up before its turn is skipped and never asked.
   *
   * @param index the index that this entry receives if it is admitted
   * @return the leaf, at most {@link #MAX_LEAF_BYTES} bytes; the log keeps the array
   * @throws EntryRefusedException if the entry does not belong in the log; nothing is appended
   */
  byte[] admit(long index) throws EntryRefusedException;
}
