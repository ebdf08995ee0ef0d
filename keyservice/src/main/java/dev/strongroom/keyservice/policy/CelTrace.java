package dev.strongroom.keyservice.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelUnparserFactory;
import dev.cel.runtime.CelEvaluationException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Evaluates an expression again and notes the value of each part, for the one who reads why it did
 * not hold. Bounded in number and length.
 */
final class CelTrace {
  private static final int MAX_VALUES = 32;
  private static final int MAX_NAME = 200;
  private static final int MAX_TEXT = 200;

  private CelTrace() {}

  /** The parts of the expression, as written, and the value of each. */
  static Map<String, String> values(CelExpression expression, Map<String, Object> variables) {
    Map<String, String> values = new LinkedHashMap<>();
    try {
      var _ =
          expression
              .program()
              .trace(variables, (part, value) -> note(expression.tree(), part, value, values));
    } catch (CelEvaluationException | RuntimeException e) {
      values.put("error", shortened(String.valueOf(e.getMessage()), MAX_TEXT));
    }
    return values;
  }

  private static void note(
      CelAbstractSyntaxTree tree, CelExpr part, Object value, Map<String, String> values) {
    boolean telling =
        switch (part.getKind()) {
          case IDENT, SELECT, CALL, COMPREHENSION -> true;
          case CONSTANT, LIST, STRUCT, MAP, NOT_SET -> false;
        };
    if (!telling || values.size() >= MAX_VALUES) {
      return;
    }
    String name = unparsed(tree, part);
    // Names with these characters are the evaluator's own, inside of macros.
    if (!name.contains("@") && !name.contains("__") && !name.equals(expressionOf(tree))) {
      values.putIfAbsent(shortened(name, MAX_NAME), shortened(String.valueOf(value), MAX_TEXT));
    }
  }

  private static String expressionOf(CelAbstractSyntaxTree tree) {
    return unparsed(tree, tree.getExpr());
  }

  private static String unparsed(CelAbstractSyntaxTree tree, CelExpr part) {
    try {
      return CelUnparserFactory.newUnparser()
          .unparse(CelAbstractSyntaxTree.newParsedAst(part, tree.getSource()));
    } catch (RuntimeException e) {
      return "@"; // The inside of a macro cannot be written as text: left out.
    }
  }

  private static String shortened(String text, int limit) {
    return text.length() <= limit ? text : text.substring(0, limit) + "…";
  }
}
