package dev.strongroom.keyservice.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelUnparserFactory;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Says which comparisons of an expression would have to come out differently for the whole to hold,
 * and names the value seen and the value wanted. Of alternatives the one with the fewest changes is
 * taken, the first of equal ones. Parts are compiled when they are first asked about.
 */
final class CelNearest {
  private static final int MAX_TEXT = 200;
  private static final String AND = "_&&_";
  private static final String OR = "_||_";
  private static final String NOT = "!_";
  private static final String CHOICE = "_?_:_";
  private static final String IN = "@in";

  private static final Map<String, String> SIGNS =
      Map.of("_==_", "==", "_!=_", "!=", "_<_", "<", "_<=_", "<=", "_>_", ">", "_>=_", ">=");
  private static final Map<String, String> OPPOSITE =
      Map.of("==", "!=", "!=", "==", "<", ">=", "<=", ">", ">", "<=", ">=", "<");
  private static final Map<String, String> MIRRORED =
      Map.of("==", "==", "!=", "!=", "<", ">", "<=", ">=", ">", "<", ">=", "<=");

  private final CelAbstractSyntaxTree tree;
  private final CelRuntime runtime;
  private final Map<Long, CelRuntime.Program> programs = new ConcurrentHashMap<>();

  CelNearest(CelAbstractSyntaxTree tree, CelRuntime runtime) {
    this.tree = tree;
    this.runtime = runtime;
  }

  /** The changes; empty where it holds, or where nothing can be said of its parts. */
  List<String> changes(Map<String, Object> variables) {
    try {
      return new Search(variables).changes(tree.getExpr(), true);
    } catch (RuntimeException e) {
      return List.of(); // An explanation is never worth a decision.
    }
  }

  /** One request's answer. */
  private final class Search {
    private final Map<String, Object> variables;

    Search(Map<String, Object> variables) {
      this.variables = variables;
    }

    /** What must change for this part to become what is wanted. */
    List<String> changes(CelExpr part, boolean wanted) {
      if (value(part) instanceof Boolean seen && seen == wanted) {
        return List.of();
      }
      if (part.getKind() != CelExpr.ExprKind.Kind.CALL) {
        return List.of(isFalse(part, wanted));
      }
      List<CelExpr> arguments = part.call().args();
      return switch (part.call().function()) {
        case AND -> wanted ? all(arguments, true) : fewest(arguments, false);
        case OR -> wanted ? fewest(arguments, true) : all(arguments, false);
        case NOT -> changes(arguments.getFirst(), !wanted);
        case CHOICE -> choice(arguments, wanted);
        case IN -> List.of(membership(arguments, wanted));
        case String function when SIGNS.containsKey(function) ->
            List.of(comparison(String.valueOf(SIGNS.get(function)), arguments, wanted));
        case String _ -> List.of(isFalse(part, wanted));
      };
    }

    private List<String> all(List<CelExpr> parts, boolean wanted) {
      List<String> changes = new ArrayList<>();
      parts.forEach(part -> changes.addAll(changes(part, wanted)));
      return changes;
    }

    private List<String> fewest(List<CelExpr> parts, boolean wanted) {
      List<String> fewest = changes(parts.getFirst(), wanted);
      for (CelExpr part : parts.subList(1, parts.size())) {
        List<String> other = changes(part, wanted);
        if (other.size() < fewest.size()) {
          fewest = other;
        }
      }
      return fewest;
    }

    private List<String> choice(List<CelExpr> arguments, boolean wanted) {
      boolean first = value(arguments.getFirst()) instanceof Boolean seen && seen;
      List<String> stay = changes(arguments.get(first ? 1 : 2), wanted);
      List<String> change = new ArrayList<>(changes(arguments.getFirst(), !first));
      change.addAll(changes(arguments.get(first ? 2 : 1), wanted));
      return stay.size() <= change.size() ? stay : change;
    }

    private String comparison(String sign, List<CelExpr> sides, boolean wanted) {
      CelExpr left = sides.get(0);
      CelExpr right = sides.get(1);
      boolean turned = isConstant(left) && !isConstant(right);
      String asked = wanted ? sign : OPPOSITE.get(sign);
      return seen(turned ? right : left)
          + ", the condition wants "
          + (turned ? MIRRORED.get(asked) : asked)
          + " "
          + operand(turned ? left : right);
    }

    private String membership(List<CelExpr> arguments, boolean wanted) {
      CelExpr item = arguments.get(0);
      CelExpr list = arguments.get(1);
      String not = wanted ? "" : "not ";
      return isConstant(item)
          ? seen(list) + ", the condition wants " + text(item) + " " + not + "in it"
          : seen(item) + ", the condition wants it " + not + "in " + operand(list);
    }

    private String isFalse(CelExpr part, boolean wanted) {
      return seen(part) + ", the condition wants " + wanted;
    }

    private String seen(CelExpr part) {
      Object value = value(part);
      return "`"
          + text(part)
          + "` is "
          + (value == null ? "absent or cannot be evaluated" : quoted(value));
    }

    // What is compared with may be a variable too: then its value is told.
    private String operand(CelExpr part) {
      Object value = isConstant(part) ? null : value(part);
      return text(part) + (value == null ? "" : " (" + quoted(value) + ")");
    }

    private @Nullable Object value(CelExpr part) {
      try {
        CelRuntime.Program program = programs.get(part.id());
        if (program == null) {
          program = runtime.createProgram(part(part));
          programs.put(part.id(), program);
        }
        return program.eval(variables);
      } catch (CelEvaluationException | RuntimeException e) {
        return null;
      }
    }
  }

  private CelAbstractSyntaxTree part(CelExpr part) {
    return CelAbstractSyntaxTree.newCheckedAst(
        part, tree.getSource(), tree.getReferenceMap(), tree.getTypeMap());
  }

  private static boolean isConstant(CelExpr part) {
    return switch (part.getKind()) {
      case CONSTANT -> true;
      case LIST -> part.list().elements().stream().allMatch(CelNearest::isConstant);
      // timestamp("…"), duration("…"), a sign
      case CALL ->
          part.call().target().isEmpty()
              && part.call().args().stream().allMatch(CelNearest::isConstant);
      case IDENT, SELECT, STRUCT, MAP, COMPREHENSION, NOT_SET -> false;
    };
  }

  private String text(CelExpr part) {
    try {
      return shortened(
          CelUnparserFactory.newUnparser()
              .unparse(CelAbstractSyntaxTree.newParsedAst(part, tree.getSource())));
    } catch (RuntimeException e) {
      return "a part of the expression"; // The inside of a macro cannot be written as text.
    }
  }

  private static String quoted(Object value) {
    return shortened(value instanceof String text ? '"' + text + '"' : String.valueOf(value));
  }

  private static String shortened(String text) {
    return text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + "…";
  }
}
