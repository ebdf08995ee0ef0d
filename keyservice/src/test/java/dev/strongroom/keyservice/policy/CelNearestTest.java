package dev.strongroom.keyservice.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.keyservice.identity.Identity;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The fewest comparisons that would have to come out differently. */
class CelNearestTest {
  private static final Instant NOW = Instant.parse("2026-06-01T12:00:00Z");
  private static final AccessRequest REQUEST =
      new AccessRequest(
          Action.DECRYPT,
          new Identity("https://i", "me", Map.of("region", "us", "level", 3L), null, NOW),
          new ModelName("acme/chat"),
          new VersionId("1"),
          new AccessRequest.Workload(
              DeliveryMode.SIDECAR,
              ExpiryMode.WIPE,
              null,
              null,
              List.of("sev-snp"),
              new EvidenceClaims(
                  Map.of("sev-snp", Map.of("reported_tcb", Map.of("microcode", 115L)))),
              NOW,
              null),
          "192.0.2.7",
          NOW);

  private static List<String> nearest(String expression) {
    return CelExpression.compile(expression).nearest(CelExpression.variables(REQUEST));
  }

  @Test
  void namesTheMemberTheValueSeenAndTheValueWanted() {
    assertEquals(
        List.of(
            "`workload.claims[\"sev-snp\"].reported_tcb.microcode` is 115, the condition wants"
                + " >= 120"),
        nearest("workload.claims[\"sev-snp\"].reported_tcb.microcode >= 120"));
    assertEquals(
        List.of("`identity.claims.level` is 3, the condition wants > 5"),
        nearest("5 < identity.claims.level"));
    assertEquals(
        List.of("`identity.claims.region` is \"us\", the condition wants != \"us\""),
        nearest("!(identity.claims.region == \"us\")"));
  }

  @Test
  void takesOfAlternativesTheOneWithFewestChanges() {
    assertEquals(
        List.of("`identity.claims.level` is 3, the condition wants == 4"),
        nearest(
            "(identity.claims.region == \"eu\" && model.version == \"2\")"
                + " || identity.claims.level == 4"));
    assertEquals(
        List.of(
            "`identity.claims.region` is \"us\", the condition wants == \"eu\"",
            "`model.version` is \"1\", the condition wants == \"2\""),
        nearest(
            "identity.claims.region == \"eu\" && model.version == \"2\" && peer.address != \"\""));
    assertEquals(
        List.of("`model.version` is \"1\", the condition wants == \"2\""),
        nearest("model.name == \"acme/chat\" ? model.version == \"2\" : true"));
  }

  @Test
  void saysWhatIsAbsent() {
    assertEquals(
        List.of(
            "`identity.claims.team` is absent or cannot be evaluated, the condition wants =="
                + " \"ml\""),
        nearest("identity.claims.team == \"ml\""));
  }

  @Test
  void knowsListsAndCalls() {
    assertEquals(
        List.of("`workload.evidence` is [sev-snp], the condition wants \"nvidia-gpu\" in it"),
        nearest("\"nvidia-gpu\" in workload.evidence"));
    assertEquals(
        List.of("`identity.claims.region` is \"us\", the condition wants it in [\"eu\", \"uk\"]"),
        nearest("identity.claims.region in [\"eu\", \"uk\"]"));
    assertEquals(
        List.of("`peer.address.startsWith(\"10.\")` is false, the condition wants true"),
        nearest("peer.address.startsWith(\"10.\")"));
    assertEquals(
        List.of(
            "`now` is 2026-06-01T12:00:00Z, the condition wants <"
                + " timestamp(\"2026-01-01T00:00:00Z\")"),
        nearest("now < timestamp(\"2026-01-01T00:00:00Z\")"));
  }

  @Test
  void saysNothingWhereItHolds() {
    assertEquals(List.of(), nearest("identity.claims.region == \"us\" || 1 == 2"));
  }
}
