package dev.strongroom.core.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.grant.DeliveryMode;
import dev.strongroom.core.grant.EvidenceClaims;
import dev.strongroom.core.grant.ExpiryMode;
import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.DraftId;
import dev.strongroom.core.id.ExplanationId;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.RevocationId;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventCodecTest {
  private static final String DIGITS = "0123456789abcdef0123456789abcdef";
  private static final Sha256Digest DIGEST = new Sha256Digest(DIGITS + DIGITS);
  private static final LeaseId LEASE = new LeaseId("lease-" + DIGITS);
  private static final ModelName MODEL = new ModelName("acme/chat");
  private static final VersionId VERSION = new VersionId("3");
  private static final DataKeyId KEY = new DataKeyId("dk-" + DIGITS);
  private static final DraftId DRAFT = new DraftId("draft-" + DIGITS);
  private static final RevocationId REVOCATION = new RevocationId("rev-" + DIGITS);

  static Stream<LogEvent> events() {
    return Stream.of(
        new LogEvent.ServiceStarted(1, "https://keys.example", 7, List.of("a", "b"), List.of()),
        LogEvent.PolicyApplied.ofFile(2, DIGEST),
        new LogEvent.DraftKeyReleased(
            3, DRAFT, 1, MODEL, VERSION, KEY, "i|s", "jkt", DIGEST, 9, DIGEST, DIGEST, DIGEST),
        new LogEvent.DraftAbandoned(4, DRAFT, MODEL, VERSION, "i|s"),
        new LogEvent.VersionPublished(
            5, DRAFT, MODEL, VERSION, KEY, DIGEST, "publisher", "i|s", 2, 1L << 52, null),
        grant("pod-1", DIGEST),
        grant(null, null),
        new LogEvent.RequestDenied(
            7,
            new ExplanationId("why-" + DIGITS),
            "decrypt",
            "access-denied",
            MODEL,
            VERSION,
            "i|s",
            "jkt",
            DIGEST,
            11L,
            DIGEST),
        new LogEvent.RequestDenied(
            7,
            new ExplanationId("why-" + DIGITS),
            "audit",
            "access-denied",
            null,
            null,
            "i|s",
            null,
            null,
            null,
            DIGEST),
        new LogEvent.DenialsSummarised(8, 1, Map.of("token-expired", 3L, "nonce-used", 1L)),
        new LogEvent.LeaseRenewed(9, LEASE, 1, 60, 1_000, DIGEST),
        new LogEvent.LeaseEnded(10, LEASE, Lease.EndCause.REVOKED, REVOCATION),
        new LogEvent.LeaseEnded(10, LEASE, Lease.EndCause.EXPIRED, null),
        new LogEvent.LeaseWiped(
            11, LEASE, Lease.EndCause.RELEASED, 3, 4, Lease.ConsumerEnd.NONE_KNOWN, true),
        new LogEvent.WipeUnconfirmed(12, LEASE),
        new LogEvent.RevocationAdded(
            13,
            REVOCATION,
            new RevocationSelector(null, "i|ö \"s\"", null, null, MODEL, null),
            "why\n",
            "i|admin"),
        new LogEvent.RevocationLifted(14, REVOCATION, "i|admin"),
        new LogEvent.KekRotated(15, "tink", "keyset", "123", "i|admin"),
        new LogEvent.DataKeysRewrapped(16, "tink", "keyset", "123", List.of(KEY), "i|admin"),
        new LogEvent.DataKeysMigrated(
            17, "tink", "keyset", "vault", "transit/kek", "1", List.of(KEY), "i|admin"),
        new LogEvent.DataKeyErased(
            18, MODEL, VERSION, KEY, DIGEST, "tink", "keyset", "123", "i|admin"),
        new LogEvent.KekErased(19, "tink", "keyset", "123", "", "i|admin"),
        new LogEvent.KekRotateBegun(20, "tink", "keyset", "i|admin"),
        new LogEvent.KekEraseBegun(21, "tink", "keyset", null, "i|admin"));
  }

  private static LogEvent grant(@Nullable String podUid, @Nullable Sha256Digest evidence) {
    return new LogEvent.GrantIssued(
        6,
        LEASE,
        MODEL,
        VERSION,
        DIGEST,
        KEY,
        "i|s",
        null,
        podUid,
        "jkt",
        DIGEST,
        10,
        DIGEST,
        DIGEST,
        DIGEST,
        evidence != null,
        evidence,
        evidence == null ? List.of() : List.of("sev-snp", "nvidia-gpu"),
        DeliveryMode.SIDECAR,
        ExpiryMode.KEEP_SERVING,
        podUid == null ? null : 400L,
        300,
        60,
        1_000,
        podUid == null ? null : DataKeySource.CACHE,
        evidence == null
            ? null
            : new EvidenceClaims(
                Map.of("sev-snp", Map.of("vmpl", 0, "debug", false, "tcb", List.of("1", 2L)))),
        podUid == null ? null : pod(podUid),
        podUid == null
            ? null
            : new IdentityProof(List.of("kubernetes", "spiffe-x509"), "spiffe://td/s", DIGEST));
  }

  private static PodPosture pod(String uid) {
    return new PodPosture(
        "ml",
        "chat-0",
        uid,
        "node-1",
        "chat",
        null,
        true,
        false,
        true,
        false,
        true,
        List.of("/var/lib"),
        List.of(
            new PodPosture.Container(
                "strongroom",
                PodPosture.Kind.SIDECAR,
                "registry.example/sidecar@sha256:" + DIGEST.hex(),
                "sha256:" + DIGEST.hex(),
                false,
                List.of(),
                false,
                false,
                true),
            new PodPosture.Container(
                "server",
                PodPosture.Kind.CONTAINER,
                "registry.example/server:1",
                null,
                true,
                List.of("SYS_PTRACE"),
                true,
                true,
                false)));
  }

  @Test
  void everyKindOfEventIsAmongTheSamples() {
    Set<Class<?>> kinds = events().map(Object::getClass).collect(Collectors.toSet());
    assertEquals(Set.copyOf(Arrays.asList(LogEvent.class.getPermittedSubclasses())), kinds);
  }

  @ParameterizedTest
  @MethodSource("events")
  void whatIsWrittenIsReadBack(LogEvent event) {
    assertEquals(event, EventCodec.read(EventCodec.write(event)));
  }

  @Test
  void whereADataKeyCameFromIsOneOfTwo() {
    String grant = text(grant("pod-1", DIGEST));
    assertTrue(grant.contains("\"dataKeySource\":\"cache\""), grant);
    String other = grant.replace("\"cache\"", "\"memory\"");
    assertEquals(
        ProblemCode.MALFORMED_REQUEST,
        assertThrows(Problem.class, () -> EventCodec.read(other.getBytes(StandardCharsets.UTF_8)))
            .code());
    assertTrue(!text(grant(null, null)).contains("dataKeySource"), "older entries have none");
  }

  @Test
  void aLeafIsCanonicalJsonWithFormatAndEvent() {
    assertEquals(
        "{\"at\":12,\"event\":\"lease.wipe-unconfirmed\",\"format\":\"strongroom-event/v1\","
            + "\"lease\":\"lease-"
            + DIGITS
            + "\"}",
        text(new LogEvent.WipeUnconfirmed(12, LEASE)));
  }

  @ParameterizedTest
  @MethodSource("events")
  void noMemberThatMustBeThereMayBeLeftOut(LogEvent event) {
    for (var part : event.getClass().getRecordComponents()) {
      if (part.getAnnotatedType().isAnnotationPresent(Nullable.class)) {
        continue;
      }
      String whole = text(event);
      String without = withoutMember(whole, part.getName());
      assertTrue(without.length() < whole.length(), part.getName());
      assertRefused(ProblemCode.MALFORMED_REQUEST, without);
    }
  }

  private static String withoutMember(String json, String name) {
    try {
      var mapper = dev.strongroom.core.json.StrictJson.newMapper();
      var tree = (com.fasterxml.jackson.databind.node.ObjectNode) mapper.readTree(json);
      tree.remove(name);
      return new String(dev.strongroom.core.json.CanonicalJson.write(tree), StandardCharsets.UTF_8);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // an unknown kind
        "{\"at\":1,\"event\":\"lease.lost\",\"format\":\"strongroom-event/v1\"}",
        // no kind
        "{\"at\":1,\"format\":\"strongroom-event/v1\"}",
        // an unknown member
        "{\"at\":1,\"event\":\"policy.applied\",\"format\":\"strongroom-event/v1\",\"policyDigest\":"
            + "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\",\"x\":1}",
        // another order of the members
        "{\"event\":\"policy.applied\",\"at\":1,\"format\":\"strongroom-event/v1\",\"policyDigest\":"
            + "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
        // a text for a number
        "{\"at\":\"1\",\"event\":\"policy.applied\",\"format\":\"strongroom-event/v1\",\"policyDigest\":"
            + "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}",
        // a digest of another form
        "{\"at\":1,\"event\":\"policy.applied\",\"format\":\"strongroom-event/v1\",\"policyDigest\":\"00\"}",
        "[]",
        "1",
        "",
      })
  void whatIsNoEventIsRefused(String leaf) {
    assertRefused(ProblemCode.MALFORMED_REQUEST, leaf);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"at\":1,\"event\":\"policy.applied\",\"format\":\"strongroom-event/v2\"}",
        "{\"at\":1,\"event\":\"policy.applied\",\"format\":1}",
        "{\"at\":1,\"event\":\"policy.applied\"}"
      })
  void anotherFormatIsRefused(String leaf) {
    assertRefused(ProblemCode.UNSUPPORTED_ALGORITHM, leaf);
  }

  @Test
  void anEventThatDoesNotFitALeafIsRefused() {
    LogEvent tooLong =
        new LogEvent.RevocationLifted(1, REVOCATION, "x".repeat(EventCodec.MAX_BYTES));
    Problem refused = assertThrows(Problem.class, () -> EventCodec.write(tooLong));
    assertEquals(ProblemCode.TOO_LARGE, refused.code());
  }

  private static String text(LogEvent event) {
    return new String(EventCodec.write(event), StandardCharsets.UTF_8);
  }

  private static void assertRefused(ProblemCode code, String leaf) {
    byte[] bytes = leaf.getBytes(StandardCharsets.UTF_8);
    Problem refused = assertThrows(Problem.class, () -> EventCodec.read(bytes), leaf);
    assertEquals(code, refused.code(), leaf);
  }
}
