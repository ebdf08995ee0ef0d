package dev.strongroom.core.id;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * Which models a rule speaks of: {@code acme/chat} (one), {@code acme/*} (an organisation) or
 * {@code *} (all). There are no other wildcards, so that a reader sees at once what is covered.
 *
 * @param value the pattern
 */
public record ModelPattern(@JsonValue String value) {

  /**
   * @throws Problem {@link ProblemCode#INVALID_NAME} when the value has another form
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public ModelPattern {
    if (!value.equals("*")) {
      String checked = value.endsWith("/*") ? value.substring(0, value.length() - 1) + "x" : value;
      try {
        new ModelName(checked);
      } catch (Problem e) {
        throw new Problem(
            ProblemCode.INVALID_NAME,
            "a model pattern is organisation/name, organisation/* or *",
            e);
      }
    }
  }

  /** Whether the rule speaks of this model. */
  public boolean covers(ModelName model) {
    return value.equals("*")
        || value.equals(model.value())
        || (value.endsWith("/*") && value.equals(model.organisation() + "/*"));
  }

  @Override
  public String toString() {
    return value;
  }
}
