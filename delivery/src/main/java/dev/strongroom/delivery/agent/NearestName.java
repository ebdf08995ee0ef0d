package dev.strongroom.delivery.agent;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The known name that a mistyped one was probably meant to be. */
final class NearestName {
  private static final int MOST_EDITS = 3;

  private NearestName() {}

  static Optional<String> among(Collection<String> known, String given) {
    return known.stream()
        .min(Comparator.comparingInt(name -> edits(name, given)))
        .filter(name -> edits(name, given) <= MOST_EDITS);
  }

  /** Levenshtein's distance, letters of either case being the same. */
  private static int edits(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j < row.length; j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j < row.length; j++) {
        int above = row[j];
        boolean same =
            Character.toLowerCase(one.charAt(i - 1)) == Character.toLowerCase(other.charAt(j - 1));
        row[j] = Math.min(Math.min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1));
        diagonal = above;
      }
    }
    return row[row.length - 1];
  }
}
