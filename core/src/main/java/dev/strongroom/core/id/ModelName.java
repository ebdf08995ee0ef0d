package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.regex.Pattern;

/**
 * The name of a model, {@code organisation/name}, in lower case ASCII.
 *
 * <p>Each part has 1 to 64 characters out of {@code a-z 0-9 . _ -}, begins and ends with a letter
 * or a digit, and has no two dots in a row. There is one spelling of each name: nothing is folded
 * or normalised, other spellings are refused.
 *
 * @param value the whole name, for example {@code acme/chat}
 */
public record ModelName(@JsonValue String value) implements Comparable<ModelName> {
  private static final String PART = "[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?";
  private static final Pattern FORM = Pattern.compile(PART + "/" + PART);

  /**
   * @throws Problem {@link ProblemCode#INVALID_NAME} when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ModelName {
    if (value.length() > 129 || !FORM.matcher(value).matches() || value.contains("..")) {
      throw new Problem(
          ProblemCode.INVALID_NAME,
          "a model name is organisation/name, each of a-z 0-9 . _ - (1 to 64 characters)");
    }
  }

  /** The part before the slash. */
  public String organisation() {
    return value.substring(0, value.indexOf('/'));
  }

  /** The part after the slash. */
  public String name() {
    return value.substring(value.indexOf('/') + 1);
  }

  @Override
  public int compareTo(ModelName other) {
    return value.compareTo(other.value);
  }

  @Override
  public String toString() {
    return value;
  }
}
