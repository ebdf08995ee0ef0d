package dev.strongroom.keyservice.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.ast.CelConstant;
import dev.cel.common.ast.CelExpr;
import dev.cel.parser.CelUnparserFactory;
import dev.strongroom.keyservice.identity.IdentityKind;
import dev.strongroom.keyservice.policy.PolicyDocument.Condition;
import dev.strongroom.keyservice.policy.PolicyDocument.EvidenceRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What can be said of a condition before any request: comparisons that can never hold, and whether
 * the whole is always true or always false by them. Silence is no proof.
 */
public final class CelReview {
  private final CelAbstractSyntaxTree tree;
  private final Map<String, Set<String>> possible = new HashMap<>();
  private final List<String> remarks = new ArrayList<>();

  /**
   * @param remarks on parts of the expression
   * @param always whether it is always true or always false; null where that depends
   */
  public record Result(List<String> remarks, @Nullable Boolean always) {
    public Result {
      remarks = List.copyOf(remarks);
    }
  }

  private CelReview(CelAbstractSyntaxTree tree, Condition condition, Collection<String> issuers) {
    this.tree = tree;
    possible.put(
        "action", condition.actions().stream().map(Action::wireName).collect(Collectors.toSet()));
    possible.put("workload.mode", Set.of("sidecar", "init", ""));
    possible.put("identity.issuer", Set.copyOf(issuers));
  }

  /**
   * Reviews one condition.
   *
   * @param issuers that bindings name
   */
  public static Result of(Condition condition, Collection<String> issuers) {
    CelAbstractSyntaxTree tree = CelExpression.compile(condition.expression()).tree();
    CelReview review = new CelReview(tree, condition, issuers);
    Boolean always = review.fold(tree.getExpr());
    return new Result(review.remarks, always);
  }

  /** True or false where it is so for every request; null otherwise. */
  private @Nullable Boolean fold(CelExpr part) {
    if (part.getKind() == CelExpr.ExprKind.Kind.CONSTANT) {
      return part.constant().getKind() == CelConstant.Kind.BOOLEAN_VALUE
          ? part.constant().booleanValue()
          : null;
    }
    if (part.getKind() != CelExpr.ExprKind.Kind.CALL) {
      return null;
    }
    List<CelExpr> arguments = part.call().args();
    return switch (part.call().function()) {
      case "_&&_" -> and(part, arguments);
      case "_||_" -> or(arguments);
      case "!_" -> not(fold(arguments.getFirst()));
      case "_==_" -> equality(arguments);
      case "_!=_" -> not(equality(arguments));
      case "@in" -> membership(arguments);
      case String _ -> null;
    };
  }

  private static @Nullable Boolean not(@Nullable Boolean value) {
    return value == null ? null : !value;
  }

  private @Nullable Boolean and(CelExpr whole, List<CelExpr> parts) {
    Boolean left = fold(parts.get(0));
    Boolean right = fold(parts.get(1));
    if (Boolean.FALSE.equals(left) || Boolean.FALSE.equals(right)) {
      return false;
    }
    if (contradicts(whole)) {
      return false;
    }
    return (left == null || right == null) ? null : Boolean.TRUE;
  }

  private @Nullable Boolean or(List<CelExpr> parts) {
    Boolean left = fold(parts.get(0));
    Boolean right = fold(parts.get(1));
    if (Boolean.TRUE.equals(left) || Boolean.TRUE.equals(right)) {
      return true;
    }
    return (left == null || right == null) ? null : Boolean.FALSE;
  }

  /** One member that would have to be two texts at once. */
  private boolean contradicts(CelExpr whole) {
    Map<String, Set<String>> wanted = new HashMap<>();
    collectEqualities(whole, wanted);
    for (Map.Entry<String, Set<String>> each : wanted.entrySet()) {
      if (each.getValue().size() > 1) {
        remark(
            "`"
                + each.getKey()
                + "` cannot be "
                + String.join(" and ", each.getValue())
                + " at once");
        return true;
      }
    }
    return false;
  }

  private void collectEqualities(CelExpr part, Map<String, Set<String>> wanted) {
    if (part.getKind() != CelExpr.ExprKind.Kind.CALL) {
      return;
    }
    List<CelExpr> arguments = part.call().args();
    if (part.call().function().equals("_&&_")) {
      arguments.forEach(each -> collectEqualities(each, wanted));
    } else if (part.call().function().equals("_==_")) {
      CelExpr left = arguments.get(0);
      CelExpr right = arguments.get(1);
      if (isConstant(left) != isConstant(right)) {
        boolean _ =
            wanted
                .computeIfAbsent(text(isConstant(left) ? right : left), key -> new TreeSet<>())
                .add(text(isConstant(left) ? left : right));
      }
    }
  }

  private @Nullable Boolean equality(List<CelExpr> arguments) {
    CelExpr left = arguments.get(0);
    CelExpr right = arguments.get(1);
    if (isConstant(left) && isConstant(right)) {
      return left.constant().equals(right.constant());
    }
    CelExpr variable = isConstant(left) ? right : left;
    String literal = literal(isConstant(left) ? left : right);
    Set<String> values = possible.get(text(variable));
    if (literal != null && values != null && !values.contains(literal)) {
      remark("`" + text(variable) + "` is never \"" + literal + "\" here; it is one of " + values);
      return false;
    }
    return null;
  }

  private @Nullable Boolean membership(List<CelExpr> arguments) {
    String literal = literal(arguments.get(0));
    String list = text(arguments.get(1));
    boolean isOfTypes = list.equals("workload.evidence") || list.equals("workload.claims");
    if (literal != null && isOfTypes && !EvidenceRule.TYPES.contains(literal)) {
      remark("\"" + literal + "\" is no type of evidence; types are " + EvidenceRule.TYPES);
      return false;
    }
    if (literal != null
        && list.equals("workload.identities")
        && Arrays.stream(IdentityKind.values()).noneMatch(k -> k.wireName().equals(literal))) {
      remark(
          "\""
              + literal
              + "\" is no identity; they are "
              + Arrays.stream(IdentityKind.values()).map(IdentityKind::wireName).toList());
      return false;
    }
    return null;
  }

  private void remark(String text) {
    if (!remarks.contains(text)) {
      remarks.add(text);
    }
  }

  private static boolean isConstant(CelExpr part) {
    return part.getKind() == CelExpr.ExprKind.Kind.CONSTANT;
  }

  private static @Nullable String literal(CelExpr part) {
    return isConstant(part) && part.constant().getKind() == CelConstant.Kind.STRING_VALUE
        ? part.constant().stringValue()
        : null;
  }

  private String text(CelExpr part) {
    try {
      return CelUnparserFactory.newUnparser()
          .unparse(CelAbstractSyntaxTree.newParsedAst(part, tree.getSource()));
    } catch (RuntimeException e) {
      return ""; // The inside of a macro cannot be written as text.
    }
  }
}
