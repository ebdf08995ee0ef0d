package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.regex.Pattern;

/**
 * One immutable version of a model: 1 to 64 characters out of {@code A-Z a-z 0-9 . _ -}, beginning
 * with a letter or a digit. {@code latest} is refused in any case, because it reads as a pointer.
 *
 * @param value for example {@code 3} or {@code 2026-01.rc1}
 */
public record VersionId(@JsonValue String value) implements Comparable<VersionId> {
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /**
   * @throws Problem {@link ProblemCode#INVALID_NAME} when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public VersionId {
    if (!FORM.matcher(value).matches()
        || value.contains("..")
        || value.equalsIgnoreCase("latest")) {
      throw new Problem(
          ProblemCode.INVALID_NAME,
          "a version is 1 to 64 of A-Z a-z 0-9 . _ -, begins with a letter or digit,"
              + " and is never 'latest'");
    }
  }

  @Override
  public int compareTo(VersionId other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
