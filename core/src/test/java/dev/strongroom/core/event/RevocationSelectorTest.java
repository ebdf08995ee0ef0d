package dev.strongroom.core.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RevocationSelectorTest {
  private static RevocationSelector selector(
      @Nullable String subject, @Nullable String podUid, @Nullable String jkt) {
    return new RevocationSelector(null, subject, podUid, jkt, null, null);
  }

  private static void assertMalformed(
      @Nullable String subject, @Nullable String podUid, @Nullable String jkt) {
    Problem problem = assertThrows(Problem.class, () -> selector(subject, podUid, jkt));
    assertEquals(ProblemCode.MALFORMED_REQUEST, problem.code());
  }

  @Test
  void takesWhatAHolderCanHave() {
    selector("https://issuer.test|system:serviceaccount:ml:chat", null, null);
    selector("i|a|b\nc", null, null);
    selector(null, "3f1e0c2a-7a5e-4f5e-9a55-0b8f3f6b1c11", null);
    selector(null, null, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
  }

  @Test
  void aVersionIsDeniedToEverybodyWhenItAloneIsNamed() {
    ModelVersion first = ModelVersion.parse("acme/chat:1");
    RevocationSelector version =
        new RevocationSelector(null, null, null, null, first.model(), first.version());
    assertTrue(version.deniesEverybody(first));
    assertFalse(version.deniesEverybody(ModelVersion.parse("acme/chat:2")));
    RevocationSelector model = new RevocationSelector(null, null, null, null, first.model(), null);
    assertTrue(model.deniesEverybody(ModelVersion.parse("acme/chat:2")));
    assertFalse(model.deniesEverybody(ModelVersion.parse("acme/other:1")));
    assertFalse(selector("i|s", null, null).deniesEverybody(first));
    assertFalse(
        new RevocationSelector(null, "i|s", null, null, first.model(), null)
            .deniesEverybody(first));
    assertFalse(
        new RevocationSelector(null, null, "pod", null, first.model(), first.version())
            .deniesEverybody(first));
    assertFalse(
        new RevocationSelector(
                null,
                null,
                null,
                "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
                first.model(),
                null)
            .deniesEverybody(first));
    assertFalse(
        new RevocationSelector(
                new LeaseId("lease-" + "0".repeat(32)), null, null, null, first.model(), null)
            .deniesEverybody(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "system:serviceaccount:ml:chat", "|a", "i|", "|"})
  void aSubjectWithoutItsIssuer(String subject) {
    assertMalformed(subject, null, null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a pod",
        "ml/chat-0",
        "pod-1\n",
        "01234567890123456789012345678901234567890123456789012345678901234"
      })
  void aTextThatIsNoPodUid(String podUid) {
    assertMalformed(null, podUid, null);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4",
        "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I=",
        "0ZcOCORZNYy+DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
      })
  void aTextThatIsNoThumbprint(String jkt) {
    assertMalformed(null, null, jkt);
  }
}
