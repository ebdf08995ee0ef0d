package dev.strongroom.cli.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UploadOriginsTest {
  private final List<String> told = new ArrayList<>();

  private static Problem refusal(UploadOrigins origins, String url) {
    Problem problem = assertThrows(Problem.class, () -> origins.check(url));
    assertEquals(ProblemCode.STORAGE_HOST_REFUSED, problem.code());
    return problem;
  }

  @Test
  void keepsToTheOriginOfTheFirstUrl() {
    UploadOrigins origins = new UploadOrigins(List.of(), told::add);
    origins.check("https://s3.example.org/a?X-Amz-Signature=1");
    assertEquals("/b", origins.check("https://S3.example.org:443/b?X=2").getPath());
    for (String other :
        List.of(
            "https://s3.example.org:8443/a",
            "http://s3.example.org/a",
            "https://s3.example.org.evil.test/a",
            "https://evil.test/a")) {
      refusal(origins, other);
    }
    assertEquals(List.of("https://s3.example.org:443"), told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://s3.example.org/a?X-Amz-Signature=secret",
        "http://192.0.2.1:9000/a?X-Amz-Signature=secret",
        "http://localhost.example.org/a?X-Amz-Signature=secret",
        "http://[2001:db8::1]/a?X-Amz-Signature=secret"
      })
  void takesNoOriginWithoutTlsThatIsNotNamed(String url) {
    Problem refused = refusal(new UploadOrigins(List.of(), told::add), url);
    assertFalse(String.valueOf(refused.getMessage()).contains("secret"));
    assertTrue(String.valueOf(refused.getMessage()).contains("--storage http://"));
    assertEquals(List.of(), told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://localhost:9000/a", "http://127.0.0.2:9000/a", "http://[::1]:9000/a"})
  void takesThisMachineWithoutTls(String url) {
    new UploadOrigins(List.of(), told::add).check(url);
    assertEquals(1, told.size());
  }

  @Test
  void keepsToTheNamedOrigins() {
    UploadOrigins origins =
        new UploadOrigins(List.of("https://a.test", "http://b.test:9000"), told::add);
    origins.check("http://b.test:9000/x?y");
    origins.check("https://a.test/x?y");
    refusal(origins, "https://c.test/x?y");
    assertEquals(List.of(), told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ftp://s3.test/a?X-Amz-Signature=secret",
        "file:///etc/passwd?X-Amz-Signature=secret",
        "https://user@s3.test/a?X-Amz-Signature=secret",
        "jar:https://s3.test/a!/?X-Amz-Signature=secret",
        "https://s3 test/a?X-Amz-Signature=secret",
        "/a?X-Amz-Signature=secret"
      })
  void refusesWhatIsNoStorageAndKeepsQueriesOutOfTexts(String url) {
    for (UploadOrigins origins :
        List.of(
            new UploadOrigins(List.of(), told::add),
            new UploadOrigins(List.of("https://a.test"), told::add))) {
      for (Throwable at = refusal(origins, url); at != null; at = at.getCause()) {
        assertFalse(at.toString().contains("secret"), at::toString);
      }
    }
    assertEquals(List.of(), told);
  }
}
