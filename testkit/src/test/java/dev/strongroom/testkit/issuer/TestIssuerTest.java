package dev.strongroom.testkit.issuer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jwt.SignedJWT;
import dev.strongroom.testkit.process.ChildJvm;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestIssuerTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path folder;

  @Test
  void mintsTokensThatVerifyUnderThePublishedKey() throws Exception {
    TestIssuer made = TestIssuer.create(folder, "https://issuer.test", CLOCK);
    TestIssuer opened = TestIssuer.open(folder, CLOCK);
    for (TestIssuer issuer : List.of(made, opened)) {
      SignedJWT token =
          SignedJWT.parse(
              issuer.mint(
                  "workload", "strongroom", Duration.ofMinutes(10), Map.of("team", "search")));
      assertTrue(token.verify(new ECDSAVerifier(publicKey(issuer))));
      assertEquals("https://issuer.test", token.getJWTClaimsSet().getIssuer());
      assertEquals("workload", token.getJWTClaimsSet().getSubject());
      assertEquals(List.of("strongroom"), token.getJWTClaimsSet().getAudience());
      assertEquals("search", token.getJWTClaimsSet().getStringClaim("team"));
      assertEquals(NOW.plusSeconds(600), token.getJWTClaimsSet().getExpirationTime().toInstant());
    }
  }

  @Test
  void keepsItsKeyPrivate() throws Exception {
    TestIssuer issuer = TestIssuer.create(folder, "https://issuer.test", CLOCK);
    assertEquals(
        "rw-------",
        PosixFilePermissions.toString(
            Files.getPosixFilePermissions(folder.resolve("issuer-key.json"))));
    assertFalse(publicKey(issuer).isPrivate());
    assertThrows(
        UncheckedIOException.class, () -> TestIssuer.create(folder, "https://issuer.test", CLOCK));
  }

  @Test
  void anotherIssuerOfTheSameNameDoesNotVerify() throws Exception {
    TestIssuer issuer = TestIssuer.create(folder.resolve("a"), "https://issuer.test", CLOCK);
    TestIssuer other = TestIssuer.create(folder.resolve("b"), "https://issuer.test", CLOCK);
    SignedJWT token = SignedJWT.parse(other.mint("workload", "strongroom", LIMIT));
    assertFalse(token.verify(new ECDSAVerifier(publicKey(issuer))));
  }

  @Test
  void mintsFromAShell() throws Exception {
    try (ChildJvm init =
            ChildJvm.start(
                IssuerMain.class, "init", "--dir", folder + "/i", "--issuer", "https://i.test");
        ChildJvm early = ChildJvm.start(IssuerMain.class, "token", "--dir", folder + "/none")) {
      assertEquals(0, init.awaitExit(LIMIT), init.output()::toString);
      assertEquals(1, early.awaitExit(LIMIT), early.output()::toString);
    }
    try (ChildJvm mint =
        ChildJvm.start(
            IssuerMain.class,
            "token",
            "--dir",
            folder + "/i",
            "--subject",
            "s",
            "--audience",
            "a",
            "--ttl",
            "60",
            "--claim",
            "team=search",
            "--claims",
            "{\"level\":3}")) {
      assertEquals(0, mint.awaitExit(LIMIT), mint.output()::toString);
      SignedJWT token = SignedJWT.parse(mint.output().getLast());
      TestIssuer issuer = TestIssuer.open(folder.resolve("i"), CLOCK);
      assertTrue(token.verify(new ECDSAVerifier(publicKey(issuer))));
      assertEquals("search", token.getJWTClaimsSet().getStringClaim("team"));
      assertEquals(3L, token.getJWTClaimsSet().getLongClaim("level"));
    }
  }

  private static ECKey publicKey(TestIssuer issuer) throws Exception {
    return JWKSet.parse(Files.readString(issuer.jwks())).getKeys().getFirst().toECKey();
  }
}
