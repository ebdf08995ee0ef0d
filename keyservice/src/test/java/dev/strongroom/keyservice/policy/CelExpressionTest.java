package dev.strongroom.keyservice.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.identity.Identity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CelExpressionTest {
  private static final Map<String, Object> VARIABLES =
      CelExpression.variables(
          new AccessRequest(
              Action.DECRYPT,
              new Identity(
                  "https://issuer.example.org",
                  "system:serviceaccount:ml:chat",
                  Map.of(
                      "level",
                      3L,
                      "ratio",
                      1.5,
                      "verified",
                      true,
                      "groups",
                      List.of("a", "b"),
                      "kubernetes.io",
                      Map.of("namespace", "ml")),
                  null,
                  Instant.MAX),
              new ModelName("acme/chat"),
              new VersionId("3"),
              new AccessRequest.Workload(
                  DeliveryMode.SIDECAR,
                  ExpiryMode.WIPE,
                  null,
                  "pod-1",
                  List.of("sev-snp"),
                  new EvidenceClaims(
                      Map.of(
                          "sev-snp", Map.of("measurement", "c0ffee", "vmpl", 0, "debug", false))),
                  Instant.parse("2026-06-01T12:00:00Z"),
                  null),
              "192.0.2.7",
              Instant.parse("2026-06-01T12:00:00Z")));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "action == 'decrypt'",
        "identity.issuer.startsWith('https://')",
        "identity.subject.matches('^system:serviceaccount:ml:[a-z]+$')",
        "identity.claims.level == 3",
        "identity.claims['level'] > 2 && identity.claims.level < 4",
        "identity.claims.ratio > 1.0 && identity.claims.ratio > 1",
        "identity.claims.verified",
        "'a' in identity.claims.groups",
        "identity.claims['kubernetes.io'].namespace == 'ml'",
        "has(identity.claims.level) && !has(identity.claims.none)",
        "'level' in identity.claims",
        "model.name == 'acme/chat' && model.version in ['3', '4']",
        "workload.mode == 'sidecar' && workload.podUid != ''",
        "workload.evidence.exists(type, type == 'sev-snp')",
        "workload.evidence.all(type, type in ['sev-snp', 'tdx'])",
        "size(workload.evidence) == 1",
        "workload.claims['sev-snp'].measurement in ['c0ffee']",
        "workload.claims['sev-snp'].vmpl == 0 && !workload.claims['sev-snp'].debug",
        "!has(workload.claims.tdx)",
        "peer.address.startsWith('192.0.2.')",
        "now < timestamp('2027-01-01T00:00:00Z')",
        "now.getHours('Europe/Berlin') == 14",
        "now - timestamp('2026-06-01T11:00:00Z') == duration('1h')",
        "true || identity.claims.none == 1"
      })
  void theEnvironmentIsAsDocumented(String expression) {
    assertEquals(
        new CelExpression.Outcome.Value(true),
        CelExpression.compile(expression).evaluate(VARIABLES),
        expression);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1 +",
        "identity.isuer == 'x'",
        "identity.issuer == 3",
        "identity.issuer",
        "'true'",
        "3",
        "unknown(identity.issuer)",
        "model.version > 2",
        "now > 3",
        "workload.evidence == 'sev-snp'",
        "workload.evidence.exists(x, x == 3)",
        "identity == 1",
        "model.nam == ''"
      })
  void whatIsNotABoolOverTheEnvironmentIsRefusedAtLoad(String expression) {
    Problem problem =
        assertThrows(Problem.class, () -> CelExpression.compile(expression), expression);
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "identity.claims.none == 'x'",
        "!(identity.claims.none == 'x')",
        "identity.claims.level == 3 && identity.claims.none == 'x'",
        "identity.claims.groups[7] == 'a'",
        "identity.claims.level / 0 == 1",
        "int(identity.subject) == 1",
        "9223372036854775807 + identity.claims.level > 0",
        "identity.claims.level",
        "identity.claims.level.namespace == 'x'"
      })
  void whatCannotBeEvaluatedIsAFailure(String expression) {
    CelExpression compiled = CelExpression.compile(expression);
    assertInstanceOf(CelExpression.Outcome.Failed.class, compiled.evaluate(VARIABLES), expression);
    assertTrue(CelTrace.values(compiled, VARIABLES).size() <= 32);
  }

  @Test
  void sizeAndDepthAreBounded() {
    assertRefused("action == '" + "a".repeat(5000) + "'");
    assertRefused("(".repeat(60) + "true" + ")".repeat(60));
    assertRefused("true" + " && true".repeat(600));
  }

  @Test
  void iterationsAreBounded() {
    String list = "[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,0,1,2,3,4]";
    CelExpression nested =
        CelExpression.compile(
            "%1$s.all(a, %1$s.all(b, %1$s.all(c, %1$s.all(d, a + b + c + d >= 0))))"
                .formatted(list));
    CelExpression.Outcome.Failed failed =
        assertInstanceOf(CelExpression.Outcome.Failed.class, nested.evaluate(VARIABLES));
    assertTrue(failed.message().contains("teration"), failed.message());
  }

  @Test
  void regularExpressionsAreLinearAndBounded() {
    CelExpression hostile = CelExpression.compile("'" + "a".repeat(2000) + "!'.matches('^(a+)+$')");
    assertEquals(new CelExpression.Outcome.Value(false), hostile.evaluate(VARIABLES));
    assertInstanceOf(
        CelExpression.Outcome.Failed.class,
        CelExpression.compile("identity.subject.matches('(a{1,500}){1,500}')").evaluate(VARIABLES));
  }

  @Test
  void aTraceShowsThePartsAndBoundsThem() {
    CelExpression expression =
        CelExpression.compile(
            "identity.claims.level > 5 || workload.evidence.exists(t, t == 'tdx')");
    Map<String, String> values = CelTrace.values(expression, VARIABLES);
    assertEquals("3", values.get("identity.claims.level"), values.toString());
    assertEquals("[sev-snp]", values.get("workload.evidence"), values.toString());
    assertTrue(values.keySet().stream().noneMatch(name -> name.contains("@")), values.toString());
    Map<String, String> longOnes =
        CelTrace.values(
            CelExpression.compile("identity.claims.long == 'x'"),
            Map.of("identity.claims", Map.of("long", "y".repeat(5000))));
    assertTrue(longOnes.values().stream().allMatch(text -> text.length() <= 201));
  }

  private static void assertRefused(String expression) {
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(Problem.class, () -> CelExpression.compile(expression)).code());
  }
}
