package dev.strongroom.keyservice.ledger;

import dev.strongroom.core.encoding.Sha256Digest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * The nonces that were used up, until some time past their expiry. What is forgotten lies below a
 * horizon that never goes back, so that a clock that is set back cannot make a nonce good again.
 *
 * <p>Keeps 128 bits of each hash: half a SHA-256 is enough, since a collision could only refuse.
 */
final class UsedNonces {
  private static final int HEX_RADIX = 16;

  private final Set<Key> keys = new HashSet<>();
  private final TreeMap<Long, List<Key>> byExpiry = new TreeMap<>();
  private long horizon = Long.MIN_VALUE;

  private record Key(long high, long low) {
    static Key of(Sha256Digest hash) {
      String hex = hash.hex();
      return new Key(
          Long.parseUnsignedLong(hex, 0, HEX_RADIX, HEX_RADIX),
          Long.parseUnsignedLong(hex, HEX_RADIX, 2 * HEX_RADIX, HEX_RADIX));
    }
  }

  boolean contains(Sha256Digest hash) {
    return keys.contains(Key.of(hash));
  }

  /**
   * @param expiresAt seconds since the epoch
   */
  void add(Sha256Digest hash, long expiresAt) {
    Key key = Key.of(hash);
    if (expiresAt >= horizon && keys.add(key)) {
      byExpiry.computeIfAbsent(expiresAt, second -> new ArrayList<>()).add(key);
    }
  }

  /** Forgets what expired before this second. */
  void forgetBefore(long second) {
    if (second <= horizon) {
      return;
    }
    horizon = second;
    while (!byExpiry.isEmpty() && byExpiry.firstKey() < horizon) {
      byExpiry.pollFirstEntry().getValue().forEach(keys::remove);
    }
  }

  long horizon() {
    return horizon;
  }

  /** For comparisons in tests. */
  Set<Object> content() {
    return Set.copyOf(keys);
  }
}
