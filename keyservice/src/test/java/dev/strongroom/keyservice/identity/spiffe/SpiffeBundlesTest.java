package dev.strongroom.keyservice.identity.spiffe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import dev.strongroom.keyservice.config.SpiffeConfig;
import dev.strongroom.keyservice.identity.SettableClock;
import dev.strongroom.testkit.spiffe.TestTrustDomain;
import io.spiffe.spiffeid.TrustDomain;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Bundles in files, and the names of workloads. */
class SpiffeBundlesTest {
  private static final TrustDomain PROD = TrustDomain.parse("prod.test");

  private final TestTrustDomain domain = new TestTrustDomain("prod.test");
  private final SettableClock clock = new SettableClock(Instant.now());
  @TempDir private Path folder;

  private Path file() {
    return folder.resolve("bundle.json");
  }

  private static SpiffeConfig config(List<SpiffeConfig.TrustDomainConfig> domains) {
    return new SpiffeConfig(
        domains,
        null,
        "strongroom",
        true,
        List.of(TokenAlgorithm.ES256),
        Duration.ZERO,
        Duration.ofSeconds(30),
        Duration.ofHours(1),
        Duration.ofSeconds(5));
  }

  private SpiffeBundles bundles() {
    return new SpiffeBundles(
        config(List.of(new SpiffeConfig.TrustDomainConfig("prod.test", file()))), clock);
  }

  private static void refused(ProblemCode code, Executable action) {
    assertEquals(code, assertThrows(Problem.class, action).code());
  }

  @Test
  void aFileIsReadAgainWhenItChanges() {
    domain.writeBundle(file());
    try (SpiffeBundles bundles = bundles()) {
      DomainBundle first = bundles.bundle(PROD);
      assertEquals(1, first.authorities().size());
      assertEquals(1, first.jwtKeys().size());
      clock.advance(Duration.ofSeconds(3));
      assertSame(first, bundles.bundle(PROD));
      domain.rotate();
      domain.writeBundle(file());
      clock.advance(Duration.ofSeconds(3));
      assertEquals(2, bundles.bundle(PROD).authorities().size());
      assertEquals(2, bundles.bundle(PROD).jwtKeys().size());
    }
  }

  @Test
  void aFileThatCannotBeUsedLeavesTheLastOneForAWhile() throws Exception {
    domain.writeBundle(file());
    try (SpiffeBundles bundles = bundles()) {
      DomainBundle first = bundles.bundle(PROD);
      Files.writeString(file(), "{\"keys\": []}");
      clock.advance(Duration.ofMinutes(59));
      assertSame(first, bundles.bundle(PROD));
      clock.advance(Duration.ofMinutes(2));
      refused(ProblemCode.TRUST_BUNDLE_UNAVAILABLE, () -> bundles.bundle(PROD));
      refused(ProblemCode.TRUST_BUNDLE_UNAVAILABLE, bundles::check);
      domain.writeBundle(file());
      clock.advance(Duration.ofSeconds(3));
      bundles.check();
    }
  }

  @Test
  void anAuthorityThatHasRunOutSignsNothing() {
    domain.writeBundle(file());
    List<X509Certificate> chain =
        domain
            .issue("/ns/ml/sa/chat", recipe -> recipe.until(Instant.now().plus(Duration.ofDays(9))))
            .chain();
    try (SpiffeBundles bundles = bundles()) {
      X509SvidVerifier verifier = new X509SvidVerifier(bundles, clock, 10);
      Instant authorityEnds =
          bundles.bundle(PROD).authorities().iterator().next().getNotAfter().toInstant();
      assertEquals(authorityEnds, verifier.verify(chain).expiresAt());
      clock.advance(Duration.ofDays(2));
      refused(ProblemCode.CERTIFICATE_EXPIRED, () -> verifier.verify(chain));
      refused(
          ProblemCode.CERTIFICATE_INVALID,
          () -> new X509SvidVerifier(bundles, clock, 10).verify(chain));
    }
  }

  @Test
  void aDomainThatIsNotNamedIsNotAccepted() {
    domain.writeBundle(file());
    try (SpiffeBundles bundles = bundles()) {
      refused(
          ProblemCode.TRUST_DOMAIN_UNKNOWN, () -> bundles.bundle(TrustDomain.parse("other.test")));
    }
  }

  @Test
  void aBundleThatIsNoneIsRefused() {
    for (String json :
        List.of(
            "",
            "[]",
            "{\"keys\": []}",
            // A key without its use is nobody's.
            domain.bundle().replace("\"use\":", "\"of\":"),
            // What signs JWT-SVIDs has a kid.
            domain.bundle().replace("\"kid\":", "\"id\":"),
            // A private key.
            domain
                .bundle()
                .replace("\"use\":\"jwt-svid\"", "\"use\":\"jwt-svid\",\"d\":\"AQAB\""))) {
      refused(
          ProblemCode.CONFIGURATION_INVALID,
          () -> BundleJson.parse(json.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
    }
  }

  @Test
  void aWorkloadIsNamedByOneSpellingOfASpiffeId() {
    assertTrue(SpiffeNames.parseWorkload("spiffe://prod.test/ns/ml/sa/chat").isPresent());
    for (String other :
        List.of(
            "spiffe://prod.test",
            "spiffe://prod.test/",
            "spiffe://prod.test//a",
            "spiffe://prod.test/a/",
            "spiffe://prod.test/a/../b",
            "spiffe://Prod.test/a",
            "SPIFFE://prod.test/a",
            "xspiffe://prod.test/a",
            "spiffe://prod.test:443/a",
            "spiffe://user@prod.test/a",
            "spiffe://prod.test/a?b=c",
            "spiffe://prod.test/a#b",
            "spiffe://prod.test/%61",
            "spiffe:///a",
            "https://prod.test/a",
            "spiffe://prod.test/" + "a".repeat(2_048),
            "")) {
      assertTrue(SpiffeNames.parseWorkload(other).isEmpty(), other);
    }
  }

  @Test
  void aConfigurationThatAcceptsNothingOrFromNowhereIsRefused() {
    refused(ProblemCode.CONFIGURATION_INVALID, () -> config(List.of()));
    refused(
        ProblemCode.CONFIGURATION_INVALID,
        () -> config(List.of(new SpiffeConfig.TrustDomainConfig("prod.test", null))));
    refused(
        ProblemCode.CONFIGURATION_INVALID,
        () -> new SpiffeConfig.TrustDomainConfig("spiffe://prod.test", file()));
  }
}
