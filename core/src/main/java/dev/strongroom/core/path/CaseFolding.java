package dev.strongroom.core.path;

import java.text.Normalizer;
import java.util.Locale;

/**
 * A key under which two texts are equal when a case-insensitive or normalising file system may take
 * them for the same name.
 *
 * <p>The Java runtime has no full case folding (Unicode 3.13, D145), so the closure of its full
 * upper-case and its single-character lower-case mapping is used, over form D. It is never finer
 * than full case folding; it is coarser in a few places (dotless i equals i), which refuses a pair
 * of names more, never one less.
 */
final class CaseFolding {
  private static final int PASSES = 3;

  private CaseFolding() {}

  static String fold(String text) {
    String folded = Normalizer.normalize(text, Normalizer.Form.NFD);
    // Capital sharp s needs a second pass: it has no upper case of its own, its lower case has.
    for (int i = 0; i < PASSES; i++) {
      folded = lowerEach(folded.toUpperCase(Locale.ROOT));
    }
    return Normalizer.normalize(folded, Normalizer.Form.NFC);
  }

  // String.toLowerCase looks at the neighbours of a sigma; folding must not.
  private static String lowerEach(String text) {
    StringBuilder lower = new StringBuilder(text.length());
    text.codePoints().map(Character::toLowerCase).forEach(lower::appendCodePoint);
    return lower.toString();
  }
}
