package dev.strongroom.keyservice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.keyservice.config.yaml.Fault;
import dev.strongroom.keyservice.config.yaml.Reading;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** One key backend, with what it needs and nothing that it does not know. */
class KekConfigTest {
  private static final String KEY = "arn:aws:kms:eu-west-1:123456789012:key/";
  private static final String PLAIN = KEY + "8ad0bd6c-ec2e-4f3b-9239-d9c433b78aee";
  private static final String MULTI = KEY + "mrk-7de03993ec3b450d81e4b9c055e8a49e";
  private static final String REPLICA =
      "arn:aws:kms:us-east-1:123456789012:key/mrk-7de03993ec3b450d81e4b9c055e8a49e";

  /** As a section of the configuration. */
  public record Section(KekConfig kek) {}

  private static Reading<Section> read(String yaml) {
    return dev.strongroom.keyservice.config.yaml.RecordReader.read(
        yaml, Section.class, Path.of("/etc/strongroom"), null);
  }

  private static String fault(String yaml) {
    return switch (read(yaml)) {
      case Reading.Invalid<Section>(List<Fault> faults) -> faults.getFirst().toString();
      case Reading.Valid<Section> valid -> throw new AssertionError(valid.toString());
    };
  }

  @Test
  void pkcs11HasEveryDefault() {
    String uri = "pkcs11:token=strongroom;object=kek?module-path=/usr/lib/token.so";
    assertEquals(
        new Section(
            new KekConfig.Pkcs11(
                uri, Path.of("/etc/strongroom/pin"), null, "", List.of(), 8, KekLimits.DEFAULT)),
        read("kek: {pkcs11: {uri: \"" + uri + "\", pinFile: pin}}").orThrow("the test"));
  }

  @Test
  void awsKmsHasEveryDefault() {
    assertEquals(
        new Section(new KekConfig.Awskms(PLAIN, List.of(), null, KekLimits.DEFAULT)),
        read("kek: {awskms: {keyArn: \"" + PLAIN + "\"}}").orThrow("the test"));
  }

  @Test
  void awsKmsHasEveryChoice() {
    KekConfig.Awskms config =
        (KekConfig.Awskms)
            read("""
            kek:
              awskms:
                keyArn: %s
                replicaArns: [%s]
                endpoint: https://vpce-1.kms.eu-west-1.vpce.amazonaws.com
                limits: {concurrentCalls: 8, attemptTimeout: 500ms, attempts: 1}
            """
                    .formatted(MULTI, REPLICA))
                .orThrow("the test")
                .kek();
    assertEquals("eu-west-1", config.region());
    assertEquals(List.of(REPLICA), config.replicaArns());
    assertEquals(URI.create("https://vpce-1.kms.eu-west-1.vpce.amazonaws.com"), config.endpoint());
    assertEquals(8, config.limits().concurrentCalls());
    assertEquals(Duration.ofMillis(500), config.limits().attemptTimeout());
    assertEquals(512, config.limits().queuedCalls());
  }

  @Test
  void thereIsExactlyOneBackend() {
    assertTrue(
        fault("kek: {tink: {}, awskms: {keyArn: \"" + PLAIN + "\"}}")
            .contains("exactly one of these keys is wanted"));
    assertTrue(fault("kek: {awskm: {}}").contains("did you mean 'awskms'?"));
    assertTrue(
        fault("kek: {awskms: {keyArm: \"" + PLAIN + "\"}}").contains("did you mean 'keyArn'?"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "alias/strongroom",
        "arn:aws:kms:eu-west-1:123456789012:alias/strongroom",
        "8ad0bd6c-ec2e-4f3b-9239-d9c433b78aee",
        "mrk-7de03993ec3b450d81e4b9c055e8a49e",
        "arn:aws:kms:eu-west-1:12345:key/8ad0bd6c-ec2e-4f3b-9239-d9c433b78aee",
        "arn:aws:s3:::weights",
        "arn:aws:kms:eu-west-1:123456789012:key/8ad0bd6c-ec2e-4f3b-9239-d9c433b78aee/x"
      })
  void onlyTheWholeArnOfAKeyIsTaken(String arn) {
    String fault = fault("kek: {awskms: {keyArn: \"" + arn + "\"}}");
    assertTrue(fault.contains("the whole ARN of a key is wanted"), fault);
  }

  @ParameterizedTest
  @CsvSource({
    PLAIN + ", " + PLAIN,
    PLAIN + ", " + REPLICA,
    MULTI + ", " + MULTI,
    MULTI + ", arn:aws:kms:us-east-1:123456789012:key/mrk-00000000000000000000000000000000",
    MULTI + ", alias/other"
  })
  void replicasAreOfTheSameMultiRegionKey(String key, String replica) {
    String fault =
        fault("kek: {awskms: {keyArn: \"" + key + "\", replicaArns: [\"" + replica + "\"]}}");
    assertTrue(fault.contains("replicaArns:"), fault);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://kms.example.org", "ftp://127.0.0.1", "http://127.0.0.1.example.org"})
  void dataKeysDoNotCrossANetworkInClear(String endpoint) {
    String fault =
        fault("kek: {awskms: {keyArn: \"" + PLAIN + "\", endpoint: \"" + endpoint + "\"}}");
    assertTrue(fault.contains("an https URL is wanted"), fault);
  }

  @Test
  void aCallLastsAtLeastAsLongAsAnAttempt() {
    assertTrue(
        fault(
                "kek: {awskms: {keyArn: \""
                    + PLAIN
                    + "\", limits: {attemptTimeout: 5s, callTimeout: 4s}}}")
            .contains("at least as long as attemptTimeout"));
  }
}
