package dev.strongroom.keyservice.posture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.id.VersionId;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelVersionNameTest {
  /** RFC 1123, as Kubernetes checks names of objects. */
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private static String name(String model, String version) {
    return ModelVersionName.of(new ModelVersion(new ModelName(model), new VersionId(version)));
  }

  @ParameterizedTest
  @CsvSource({
    "acme/chat, 3, acme.chat.3",
    "acme/llama-3.1, 1.0, acme.llama-3--2e1.1--2e0",
    "acme/a_b, 2026-01.rc1, acme.a--5fb.2026-01--2erc1",
    "acme/a--b, v1-, acme.a--2d-b.v1--2d",
    "acme/chat, 1B, acme.chat.1--42",
  })
  void isTheNameOfTheSpecification(String model, String version, String expected) {
    assertEquals(expected, name(model, version));
  }

  @Test
  void whatDoesNotFitIsADigest() {
    assertTrue(name("acme/chat", "RC1").startsWith("sha256-"));
    assertTrue(name("acme/chat", "1" + "_".repeat(63)).length() < 254);
    assertTrue(name("acme/" + "a" + "_".repeat(62) + "a", "1").startsWith("sha256-"));
  }

  @Test
  void twoVersionsNeverHaveOneName() {
    List<String> parts =
        List.of("a", "a-b", "a--b", "a.b", "a-.b", "a.-b", "a_b", "a--2eb", "a-2eb", "a--5fb");
    Set<String> names = new HashSet<>();
    for (String organisation : parts) {
      for (String model : parts) {
        for (String version : parts) {
          String name = name(organisation + "/" + model, version);
          assertTrue(SUBDOMAIN.matcher(name).matches() && name.length() <= 253, name);
          assertTrue(names.add(name), name);
        }
      }
    }
  }
}
