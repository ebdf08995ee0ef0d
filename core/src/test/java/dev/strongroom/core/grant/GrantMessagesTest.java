package dev.strongroom.core.grant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.json.StrictJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.seal.SealSuite;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class GrantMessagesTest {

  @Test
  void aRequestBodySurvivesItsCanonicalForm() {
    GrantBody body = body();
    byte[] json = CanonicalJson.writeRecord(body);
    assertEquals(body, CanonicalJson.parseCanonical(json, GrantBody.class, 16_384));
  }

  @Test
  void everyMissingMemberIsRefused() {
    ObjectNode whole = StrictJson.mapper().valueToTree(body());
    Set<String> optional = Set.of("podUid", "leaseSeconds");
    whole
        .fieldNames()
        .forEachRemaining(name -> {
          if (optional.contains(name)) {
            return;
          }
          ObjectNode without = whole.deepCopy();
          without.remove(name);
          assertThrows(
              Problem.class,
              () -> CanonicalJson.parse(CanonicalJson.write(without), GrantBody.class, 16_384),
              name);
        });
  }

  @Test
  void unknownMembersAndOtherFormatsAreRefused() {
    ObjectNode unknown = StrictJson.mapper().valueToTree(body());
    unknown.put("insecure", true);
    assertCode(ProblemCode.MALFORMED_REQUEST, unknown);
    ObjectNode format = StrictJson.mapper().valueToTree(body());
    format.put("format", "strongroom-grant-request/v0");
    assertCode(ProblemCode.UNSUPPORTED_ALGORITHM, format);
    ObjectNode suite = StrictJson.mapper().valueToTree(body());
    suite.put("suite", "rsa1_5");
    assertCode(ProblemCode.UNSUPPORTED_ALGORITHM, suite);
    ObjectNode key = StrictJson.mapper().valueToTree(body());
    key.put("sealKey", Blob.of(new byte[31]).base64url());
    assertCode(ProblemCode.UNSUPPORTED_ALGORITHM, key);
  }

  @Test
  void reportDataDependsOnEveryField() {
    KeyBinding base = binding("https://a", "m/a", "1", "n".repeat(32), "jkt", "pod");
    Set<String> seen = new HashSet<>();
    List<KeyBinding> all =
        List.of(
            base,
            binding("https://b", "m/a", "1", "n".repeat(32), "jkt", "pod"),
            binding("https://a", "m/b", "1", "n".repeat(32), "jkt", "pod"),
            binding("https://a", "m/a", "2", "n".repeat(32), "jkt", "pod"),
            binding("https://a", "m/a", "1", "o".repeat(32), "jkt", "pod"),
            binding("https://a", "m/a", "1", "n".repeat(32), "jkt2", "pod"),
            binding("https://a", "m/a", "1", "n".repeat(32), "jkt", "pod2"),
            binding("https://a", "m/a", "1", "n".repeat(32), "jkt", null));
    for (KeyBinding binding : all) {
      seen.add(HexFormat.of().formatHex(binding.reportData(null)));
      seen.add(binding.shortNonce().hex());
    }
    seen.add(HexFormat.of().formatHex(base.reportData(Sha256Digest.of(new byte[1]))));
    assertEquals(2 * all.size() + 1, seen.size());
    assertEquals(64, base.reportData(null).length);
  }

  @Test
  void fieldsCannotFlowIntoEachOther() {
    assertNotEquals(
        binding("https://a", "m/a", "1", "n".repeat(32), "jktx", "pod").shortNonce(),
        binding("https://a", "m/a", "1", "n".repeat(32), "jkt", "xpod").shortNonce());
  }

  @Test
  void secretsDoNotShowInTexts() {
    GrantRequest request = new GrantRequest("proof-text", "token-text", List.of());
    assertFalse(request.toString().contains("token-text"));
    ObjectUrl url = new ObjectUrl(0, "https://s/x?X-Amz-Signature=abc", java.util.Map.of(), 1, 60);
    assertFalse(url.toString().contains("Signature"));
  }

  @Test
  void outOfRangeValuesAreRefused() {
    assertThrows(Problem.class, () -> new Lease.Renew(0));
    assertThrows(Problem.class, () -> new Lease.UrlsWanted(List.of()));
    assertThrows(Problem.class, () -> new Upload.PartsWanted(1, 0, 1));
    assertThrows(Problem.class, () -> new Upload.PartsWanted(1, 9_999, 3));
    assertThrows(Problem.class, () -> new Upload.Part(1, "a\nb"));
    assertThrows(Problem.class, () -> new Evidence("SNP!", Blob.of(new byte[1])));
  }

  private static void assertCode(ProblemCode code, ObjectNode node) {
    byte[] json = CanonicalJson.write(node);
    Problem refusal =
        assertThrows(Problem.class, () -> CanonicalJson.parse(json, GrantBody.class, 16_384));
    assertEquals(code, refusal.code());
  }

  private static KeyBinding binding(
      String origin,
      String model,
      String version,
      String nonce,
      String jkt,
      @org.jspecify.annotations.Nullable String pod) {
    return new KeyBinding(
        origin,
        new dev.strongroom.core.id.ModelVersion(new ModelName(model), new VersionId(version)),
        nonce,
        SealSuite.X25519,
        Blob.of(new byte[32]),
        jkt,
        Sha256Digest.of(new byte[0]),
        pod);
  }

  static GrantBody body() {
    return new GrantBody(
        GrantBody.FORMAT,
        "https://keys.example.org",
        new ModelName("acme/chat"),
        new VersionId("3"),
        "n".repeat(64),
        SealSuite.X25519,
        Blob.of(new byte[32]),
        Sha256Digest.of(new byte[0]),
        List.of(),
        "0b1c5f0e-0000-4000-8000-000000000000",
        DeliveryMode.SIDECAR,
        ExpiryMode.WIPE,
        600L);
  }
}
