package dev.strongroom.keyservice.config.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.testkit.kms.TroubledProxy;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Isolated;

/** What is wrong with a backend is named, with what to do, and nothing hangs. */
@Isolated("sets system properties")
@Timeout(60)
class KekCheckTest {
  private static final String KEY =
      "arn:aws:kms:eu-west-1:123456789012:key/8ad0bd6c-ec2e-4f3b-9239-d9c433b78aee";

  private final TroubledProxy kms = new TroubledProxy(URI.create("http://127.0.0.1:1"));

  @BeforeEach
  void credentials() {
    System.setProperty("aws.accessKeyId", "test-access-key");
    System.setProperty("aws.secretAccessKey", "test-secret");
  }

  @AfterEach
  void close() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
    kms.close();
  }

  private List<Finding> check() {
    return KekCheck.check(
        new KekConfig.Awskms(
            KEY,
            List.of(),
            kms.uri(),
            new KekLimits(
                4, 4, Duration.ofSeconds(2), Duration.ofSeconds(5), 1, Duration.ofSeconds(5))));
  }

  private void assertOne(String code, String toDo) {
    List<Finding> findings = check();
    assertEquals(1, findings.size(), findings.toString());
    Finding finding = findings.getFirst();
    assertEquals(Finding.Severity.ERROR, finding.severity());
    assertTrue(finding.what().contains(code), finding.toString());
    assertTrue(finding.toDo().contains(toDo), finding.toString());
  }

  @Test
  void aRightThatIsMissingIsNamed() {
    kms.answer(1, 400, "{\"__type\":\"AccessDeniedException\"}");
    assertOne("kek-unusable", "allow kms:DescribeKey on " + KEY);
  }

  @Test
  void theRightThatIsMissingIsThatOfTheStep() {
    kms.answer(
        3,
        200,
        "{\"KeyMetadata\":{\"KeyId\":\"x\",\"Arn\":\"" + KEY + "\",\"KeyState\":\"Enabled\"}}");
    List<Finding> findings = check();
    assertEquals(3, findings.size(), findings.toString());
    assertEquals(Finding.Severity.OK, findings.get(0).severity());
    assertTrue(findings.get(1).toDo().contains("kms:Encrypt and kms:Decrypt"));
    assertTrue(findings.get(2).toDo().contains("kms:ReEncryptFrom"));
  }

  @Test
  void awayIsAway() {
    kms.takeAway();
    assertOne("key-backend-unavailable", "keyArn and credentials");
  }

  @Test
  void aDisabledKeyIsSaidToBe() {
    kms.answer(
        1,
        200,
        "{\"KeyMetadata\":{\"KeyId\":\"x\",\"Arn\":\"" + KEY + "\",\"KeyState\":\"Disabled\"}}");
    assertOne("is Disabled", "");
  }
}
