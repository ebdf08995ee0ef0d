package dev.strongroom.core.id;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IdentifiersTest {

  @ParameterizedTest
  @ValueSource(strings = {"a/b", "acme/chat", "acme-2/chat_v1.5", "0/9"})
  void modelNamesOfTheRightFormAreKeptAsTheyAre(String name) {
    assertEquals(name, new ModelName(name).value());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "a",
        "a/",
        "/b",
        "a/b/c",
        "A/b",
        "a/B",
        "a /b",
        "-a/b",
        "a/b-",
        "a/../b",
        "a/b..c",
        "a/b\u0000",
        "a/\u00e9",
        "a/b\n",
        ".a/b",
        "a/b%2f"
      })
  void otherModelNamesAreRefused(String name) {
    assertRefused(() -> new ModelName(name));
  }

  @Test
  void modelNamesAreLimitedInLength() {
    assertEquals(129, new ModelName("a".repeat(64) + "/" + "b".repeat(64)).value().length());
    assertRefused(() -> new ModelName("a".repeat(65) + "/b"));
    assertRefused(() -> new ModelName("a/" + "b".repeat(65)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "latest", "LATEST", "Latest", "-1", ".1", "1..2", "1/2", "1 2", "1\n"})
  void otherVersionsAreRefused(String version) {
    assertRefused(() -> new VersionId(version));
  }

  @Test
  void modelVersionsAreReadAsWritten() {
    ModelVersion parsed = ModelVersion.parse("acme/chat:2026-01.rc1");
    assertEquals(
        new ModelVersion(new ModelName("acme/chat"), new VersionId("2026-01.rc1")), parsed);
    assertEquals(parsed, ModelVersion.parse(parsed.toString()));
    assertRefused(() -> ModelVersion.parse("acme/chat"));
    assertRefused(() -> ModelVersion.parse("acme/chat:"));
  }

  @Test
  void patternsCoverWhatTheySay() {
    ModelName chat = new ModelName("acme/chat");
    assertTrue(new ModelPattern("*").covers(chat));
    assertTrue(new ModelPattern("acme/*").covers(chat));
    assertTrue(new ModelPattern("acme/chat").covers(chat));
    assertFalse(new ModelPattern("acme/chat2").covers(chat));
    assertFalse(new ModelPattern("acm/*").covers(chat));
    assertFalse(new ModelPattern("acme/*").covers(new ModelName("acme2/chat")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "**", "*/chat", "acme/ch*", "acme/*/x", "acme*", "?", "ACME/*"})
  void otherPatternsAreRefused(String pattern) {
    assertRefused(() -> new ModelPattern(pattern));
  }

  @Test
  void randomIdsDifferAndKeepTheirForm() {
    SecureRandom random = new SecureRandom();
    LeaseId first = LeaseId.random(random);
    assertNotEquals(first, LeaseId.random(random));
    assertEquals(first, new LeaseId(first.value()));
    assertRefused(() -> new LeaseId(DraftId.random(random).value()));
    assertRefused(() -> new LeaseId(first.value().toUpperCase(java.util.Locale.ROOT)));
    assertRefused(() -> new LeaseId(first.value() + "0"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"A", "AA==", "AB", "A+", "A/", "AA\n", "\u00e9\u00e9"})
  void blobsHaveOneSpelling(String text) {
    Problem refusal = assertThrows(Problem.class, () -> new Blob(text));
    assertEquals(ProblemCode.MALFORMED_REQUEST, refusal.code());
  }

  /** What is accepted is just what a decoder and an encoder give back unchanged. */
  @Test
  void blobsAreJudgedAsADecoderJudgesThem() {
    List<String> characters =
        "AQgwzZ09-_+/=. \n\u00e9".chars().mapToObj(Character::toString).toList();
    for (String first : characters) {
      for (String second : characters) {
        for (String text :
            List.of(
                first,
                first + second,
                "A" + first + second,
                "AA" + first + second,
                "AAA" + first + second,
                "AAAAA" + first + second)) {
          assertEquals(roundTrips(text), isBlob(text), text);
        }
      }
    }
  }

  private static boolean roundTrips(String text) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(text);
      return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text);
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static boolean isBlob(String text) {
    try {
      return new Blob(text).base64url().equals(text);
    } catch (Problem e) {
      return false;
    }
  }

  private static void assertRefused(org.junit.jupiter.api.function.Executable creation) {
    Problem refusal = assertThrows(Problem.class, creation);
    assertEquals(ProblemCode.INVALID_NAME, refusal.code());
  }
}
