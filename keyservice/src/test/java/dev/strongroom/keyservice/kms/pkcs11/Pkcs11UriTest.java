package dev.strongroom.keyservice.kms.pkcs11;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Pkcs11UriTest {
  private static final String MODULE = "?module-path=/usr/lib/m.so";

  @Test
  void namesTokenAndKey() {
    Pkcs11Uri uri =
        Pkcs11Uri.parse(
            "pkcs11:token=My%20token%3b;serial=00ff;manufacturer=A&B;model=v3;type=secret-key"
                + ";object=%C3%A4?module-path=/usr/lib/m.so&pin-source=file:/etc/pin");
    assertEquals("My token;", uri.token());
    assertEquals("ä", uri.object());
    assertEquals("00ff", uri.serial());
    assertEquals("A&B", uri.manufacturer());
    assertEquals("v3", uri.model());
    assertEquals(Path.of("/usr/lib/m.so"), uri.modulePath());
    assertEquals(Path.of("/etc/pin"), uri.pinSource());
  }

  @Test
  void whatIsOptionalMayBeLeftOut() {
    Pkcs11Uri uri = Pkcs11Uri.parse("pkcs11:object=k;token=t" + MODULE);
    assertNull(uri.serial());
    assertNull(uri.pinSource());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "PKCS11:token=t;object=k starts",
        "pkcs11:object=k token",
        "pkcs11:token=t object",
        "pkcs11:token=t;token=u;object=k twice",
        "pkcs11:token=;object=k empty",
        "pkcs11:token=t;object=k; understood",
        "pkcs11:token=t;object=k;id=%01 label",
        "pkcs11:token=t;object=k;slot-id=1 slots",
        "pkcs11:token=t;object=k;colour=red understood",
        "pkcs11:token=t;object=k;type=private secret-key",
        "pkcs11:token=t%0a;object=k control",
        "pkcs11:token=%;object=k hexadecimal",
        "pkcs11:token=%4;object=k hexadecimal",
        "pkcs11:token=%zz;object=k hexadecimal",
        "pkcs11:token=%ff;object=k UTF-8",
        "pkcs11:token=a/b;object=k characters",
        "pkcs11:token=123456789012345678901234567890123;object=k long",
      })
  void otherPathsAreRefused(String uri, String word) {
    assertRefused(uri + MODULE, word);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      value = {
        "'' module-path",
        "?module-path=m.so whole",
        "?module-name=softhsm module-path",
        "?module-path=/m.so&module-path=/n.so twice",
        "?module-path=/a%22b.so quotation",
        "?module-path=/m.so&pin-source=pin whole",
        "?module-path=/m.so&x-vendor=1 understood",
      })
  void otherQueriesAreRefused(String query, String word) {
    assertRefused("pkcs11:token=t;object=k" + query, word);
  }

  @Test
  void aPinInTheTextIsRefusedAndNotRepeated() {
    Problem problem =
        assertRefused("pkcs11:token=t;object=k" + MODULE + "&pin-value=s3cr3t", "PIN");
    assertFalse(String.valueOf(problem.getMessage()).contains("s3cr3t"));
  }

  private static Problem assertRefused(String uri, String word) {
    Problem problem = assertThrows(Problem.class, () -> Pkcs11Uri.parse(uri));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, problem.code());
    assertTrue(String.valueOf(problem.getMessage()).contains(word), problem::getMessage);
    return problem;
  }
}
