package dev.strongroom.keyservice.kms;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.id.DataKeyId;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.config.KekConfig;
import dev.strongroom.keyservice.config.KekLimits;
import dev.strongroom.keyservice.config.VaultAuth;
import dev.strongroom.keyservice.kms.tink.TinkKeyWrapper;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A KEK in use and former ones: told apart, or refused. */
class KeyBackendsTest {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final String ARN =
      "arn:aws:kms:eu-west-1:123456789012:key/mrk-8ad0bd6cec2e4f3b9239d9c433b78aee";
  private static final String REPLICA = ARN.replace("eu-west-1", "eu-central-1");

  @TempDir private Path folder;

  private static KekConfig vault(String address, String key) {
    return new KekConfig.Vault(
        URI.create(address),
        "transit",
        key,
        null,
        new VaultAuth.TokenFile(Path.of("token")),
        null,
        KekLimits.DEFAULT);
  }

  private static KekConfig aws(String arn, String... replicas) {
    return new KekConfig.Awskms(arn, List.of(replicas), null, KekLimits.DEFAULT);
  }

  private static KekConfig token(String label, String object) {
    return new KekConfig.Pkcs11(
        "pkcs11:token=" + label + ";object=" + object + "?module-path=/usr/lib/hsm.so",
        Path.of("pin"),
        null,
        "",
        List.of(),
        4,
        KekLimits.DEFAULT);
  }

  private KekConfig file(String name) {
    return new KekConfig.Tink(folder.resolve(name));
  }

  private static void assertSame(KekConfig kek, KekConfig former) {
    Problem refused =
        assertThrows(Problem.class, () -> KeyBackends.requireDistinct(kek, List.of(former)));
    assertEquals(ProblemCode.CONFIGURATION_INVALID, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains("under another name"));
  }

  @Test
  void keksThatAWrappedKeyCannotTellApartAreRefused() {
    assertSame(vault("https://a.example.org", "kek"), vault("https://b.example.org", "kek"));
    assertSame(token("one", "kek"), token("two", "kek"));
    assertSame(aws(ARN), aws(REPLICA, ARN));
    assertSame(file("kek.json"), file("./kek.json"));
  }

  @Test
  void othersOfOneBackendAreNot() {
    KeyBackends.requireDistinct(
        vault("https://a.example.org", "kek"),
        List.of(
            vault("https://a.example.org", "old"),
            token("one", "kek"),
            token("one", "old"),
            aws(ARN),
            file("kek.json"),
            file("old.json")));
  }

  private KeyRing open(Map<KekVersion, Long> held, KekConfig kek, KekConfig... formers) {
    return KeyBackends.openAll(kek, List.of(formers), held, RANDOM, new SimpleMeterRegistry());
  }

  private String made(String name) {
    try (TinkKeyWrapper made = TinkKeyWrapper.open(folder.resolve(name), true)) {
      return made.status().newestVersion();
    }
  }

  private static KekVersion tink(String version) {
    return new KekVersion("tink", "keyset", version);
  }

  @Test
  void eachOpensWhatItWrappedAndOnlyTheOneInUseWraps() {
    String old = made("old.json");
    WrapContext context =
        new WrapContext(ModelVersion.parse("acme/chat:1"), DataKeyId.random(RANDOM), null);
    try (TinkKeyWrapper former = TinkKeyWrapper.open(folder.resolve("old.json"), false);
        SecretBytes key = SecretBytes.random(32, RANDOM);
        KeyRing ring = open(Map.of(tink(old), 1L), file("kek.json"), file("old.json"))) {
      WrappedKey before = former.wrap(key, context);
      WrappedKey after = ring.rewrap(before, context);
      assertEquals(ring.status().newestVersion(), after.kekVersion());
      assertEquals(after.kekVersion(), ring.wrap(key, context).kekVersion());
      try (SecretBytes one = ring.unwrap(before, context);
          SecretBytes two = ring.unwrap(after, context)) {
        assertTrue(key.use(one::sameAs) && key.use(two::sameAs));
      }
      assertEquals("tink.former", ring.formers().getFirst().name());
      assertEquals(
          ProblemCode.KEY_UNWRAP_FAILED,
          assertThrows(
                  Problem.class,
                  () ->
                      ring.unwrap(
                          new WrappedKey("tink", "keyset", "7", before.ciphertext()), context))
              .code());
    }
  }

  @Test
  void dataKeysUnderAKekThatIsNotConfiguredStopTheStart() {
    made("kek.json");
    Problem refused =
        assertThrows(Problem.class, () -> open(Map.of(tink("7"), 12L), file("kek.json")));
    assertEquals(ProblemCode.KEK_NOT_CONFIGURED, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).startsWith("12 data keys"));
  }

  @Test
  void aCopyOfAKeysetIsRefused() throws Exception {
    String version = made("kek.json");
    Files.copy(
        folder.resolve("kek.json"),
        folder.resolve("copy.json"),
        java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    assertEquals(
        ProblemCode.CONFIGURATION_INVALID,
        assertThrows(
                Problem.class,
                () -> open(Map.of(tink(version), 1L), file("kek.json"), file("copy.json")))
            .code());
  }

  @Test
  void aKeysetIsMadeBesideFormerKeksAndNeverInThePlaceOfALostOne() {
    String old = made("old.json");
    open(Map.of(tink(old), 1L), file("new.json"), file("old.json")).close();
    assertTrue(Files.exists(folder.resolve("new.json")));
    assertEquals(
        ProblemCode.KEY_FILE_MISSING,
        assertThrows(
                Problem.class,
                () ->
                    open(Map.of(tink(old), 1L, tink("7"), 1L), file("lost.json"), file("old.json")))
            .code());
  }

  /** Whoever erased it does not have to change the configuration before the next restart. */
  @Test
  void aFormerKeysetThatIsGoneAndNotNeededSaysSoAndIsNeverMade() {
    String used = made("kek.json");
    try (KeyRing ring = open(Map.of(tink(used), 1L), file("kek.json"), file("lost.json"))) {
      KeyRing.Member former = ring.formers().getFirst();
      assertTrue(former.kek().gone("").isPresent());
      assertEquals(
          ProblemCode.KEK_UNUSABLE,
          assertThrows(Problem.class, () -> former.kek().status()).code());
      assertFalse(former.covers(tink(used)));
    }
    assertFalse(Files.exists(folder.resolve("lost.json")));
  }

  @Test
  void aFormerKeysetThatIsGoneAndNeededStopsTheStart() {
    String used = made("kek.json");
    assertMissing(Map.of(tink(used), 1L, tink("7"), 1L), "lost.json");
    assertMissing(Map.of(tink(used), 1L), "unmounted/lost.json");
  }

  private void assertMissing(Map<KekVersion, Long> held, String former) {
    Problem refused = assertThrows(Problem.class, () -> open(held, file("kek.json"), file(former)));
    assertEquals(ProblemCode.KEY_FILE_MISSING, refused.code());
    assertTrue(String.valueOf(refused.getMessage()).contains(former), refused.getMessage());
  }
}
