package dev.strongroom.keyservice.policy;

import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelRuntimeFactory;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A condition in the Common Expression Language, type-checked against one environment ({@code
 * docs/spec/policy.md}, section "Environment"). Size, nesting, iterations and regular expressions
 * are bounded, so that an expression cannot hold the service up. Immutable and thread-safe.
 */
final class CelExpression {
  private static final CelOptions OPTIONS =
      CelOptions.current()
          .maxExpressionCodePointSize(4096)
          .maxParseRecursionDepth(32)
          .maxParseExpressionNodeCount(512)
          .maxParseErrorRecoveryLimit(4)
          .comprehensionMaxIterations(10_000)
          .maxRegexProgramSize(256)
          .enableHeterogeneousNumericComparisons(true)
          .build();

  private static final CelCompiler COMPILER =
      CelCompilerFactory.standardCelCompilerBuilder()
          .setOptions(OPTIONS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addVar("action", SimpleType.STRING)
          .addVar("identity.issuer", SimpleType.STRING)
          .addVar("identity.subject", SimpleType.STRING)
          .addVar("identity.claims", MapType.create(SimpleType.STRING, SimpleType.DYN))
          .addVar("identity.x509", SimpleType.STRING)
          .addVar("model.name", SimpleType.STRING)
          .addVar("model.version", SimpleType.STRING)
          .addVar("workload.mode", SimpleType.STRING)
          .addVar("workload.podUid", SimpleType.STRING)
          .addVar("workload.identities", ListType.create(SimpleType.STRING))
          .addVar("workload.evidence", ListType.create(SimpleType.STRING))
          .addVar("workload.claims", MapType.create(SimpleType.STRING, SimpleType.DYN))
          .addVar("workload.pod.namespace", SimpleType.STRING)
          .addVar("workload.pod.name", SimpleType.STRING)
          .addVar("workload.pod.uid", SimpleType.STRING)
          .addVar("workload.pod.node", SimpleType.STRING)
          .addVar("workload.pod.serviceAccount", SimpleType.STRING)
          .addVar("workload.pod.runtimeClass", SimpleType.STRING)
          .addVar("workload.pod.hostNetwork", SimpleType.BOOL)
          .addVar("workload.pod.hostPid", SimpleType.BOOL)
          .addVar("workload.pod.hostIpc", SimpleType.BOOL)
          .addVar("workload.pod.shareProcessNamespace", SimpleType.BOOL)
          .addVar("workload.pod.automount", SimpleType.BOOL)
          .addVar("workload.pod.privileged", SimpleType.BOOL)
          .addVar("workload.pod.hostPaths", ListType.create(SimpleType.STRING))
          .addVar("workload.pod.capabilities", ListType.create(SimpleType.STRING))
          .addVar("workload.pod.imageDigests", ListType.create(SimpleType.STRING))
          .addVar(
              "workload.pod.containers",
              ListType.create(MapType.create(SimpleType.STRING, SimpleType.DYN)))
          .addVar("peer.address", SimpleType.STRING)
          .addVar("now", SimpleType.TIMESTAMP)
          .setResultType(SimpleType.BOOL)
          .build();

  private static final CelRuntime RUNTIME =
      CelRuntimeFactory.plannerRuntimeBuilder().setOptions(OPTIONS).build();

  private final String text;
  private final CelAbstractSyntaxTree tree;
  private final CelRuntime.Program program;
  private final CelNearest nearest;

  private CelExpression(String text, CelAbstractSyntaxTree tree, CelRuntime.Program program) {
    this.text = text;
    this.tree = tree;
    this.program = program;
    this.nearest = new CelNearest(tree, RUNTIME);
  }

  /** What came out of an evaluation. */
  sealed interface Outcome {
    /** True or false. */
    record Value(boolean held) implements Outcome {}

    /** Neither, for example because a claim is absent: refused like false. */
    record Failed(String message) implements Outcome {}
  }

  /**
   * Compiles and type-checks.
   *
   * @throws Problem {@link ProblemCode#CONFIGURATION_INVALID} with what the checker says
   */
  static CelExpression compile(String text) {
    try {
      CelAbstractSyntaxTree tree = COMPILER.compile(text).getAst();
      return new CelExpression(text, tree, RUNTIME.createProgram(tree));
    } catch (CelValidationException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, "expression: " + e.getMessage(), e);
    } catch (CelEvaluationException e) {
      throw new Problem(ProblemCode.CONFIGURATION_INVALID, "expression: it cannot be planned", e);
    }
  }

  String text() {
    return text;
  }

  CelAbstractSyntaxTree tree() {
    return tree;
  }

  CelRuntime.Program program() {
    return program;
  }

  /** The fewest parts that would have to be different for it to hold; empty where it holds. */
  List<String> nearest(Map<String, Object> variables) {
    return nearest.changes(variables);
  }

  /** Evaluates; never throws. */
  Outcome evaluate(Map<String, Object> variables) {
    try {
      return program.eval(variables) instanceof Boolean held
          ? new Outcome.Value(held)
          : new Outcome.Failed("the expression gave no true or false");
    } catch (CelEvaluationException | RuntimeException e) {
      return new Outcome.Failed(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The variables of the environment for this request; absent texts are empty. Those of a pod are
   * there only with a pod that lives: {@code false} for "not privileged" would be a lie without
   * one.
   */
  static Map<String, Object> variables(AccessRequest request) {
    Identity identity = request.identity();
    AccessRequest.Workload workload = request.workload();
    Map<String, Object> variables = new LinkedHashMap<>();
    variables.put("action", request.action().wireName());
    variables.put("identity.issuer", identity.issuer());
    variables.put("identity.subject", identity.subject());
    variables.put("identity.claims", identity.claims());
    variables.put("identity.x509", Objects.requireNonNullElse(identity.certificateId(), ""));
    variables.put("model.name", request.model() == null ? "" : request.model().value());
    variables.put("model.version", request.version() == null ? "" : request.version().value());
    variables.put("workload.mode", workload == null ? "" : workload.mode().wireName());
    variables.put(
        "workload.podUid", workload == null || workload.podUid() == null ? "" : workload.podUid());
    variables.put("workload.identities", identity.kindNames());
    variables.put("workload.evidence", workload == null ? List.of() : workload.evidenceTypes());
    variables.put("workload.claims", workload == null ? Map.of() : workload.claims().byType());
    if (workload != null && workload.pod() != null) {
      PodVariables.put(workload.pod(), variables);
    }
    variables.put("peer.address", request.peerAddress());
    variables.put("now", request.now());
    return variables;
  }
}
