package dev.strongroom.keyservice.identity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.IdentityConfig;
import dev.strongroom.keyservice.config.IdentityConfig.IssuerConfig;
import dev.strongroom.keyservice.config.IdentityConfig.Jwks;
import dev.strongroom.keyservice.config.IdentityConfig.JwksFetchConfig;
import dev.strongroom.keyservice.config.IdentityConfig.TokenAlgorithm;
import java.io.IOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class OidcTokenVerifierTest {
  private static final long NOW = 1_800_000_000L;
  private static final TestIssuer EC = new TestIssuer(TokenAlgorithm.ES256, "ec-1");
  private static final TestIssuer OTHER = new TestIssuer(TokenAlgorithm.ES256, "ec-1");
  private static final TestIssuer RSA = new TestIssuer(TokenAlgorithm.RS256, "rsa-1");
  private static final String CLAIMS = TestIssuer.claims(NOW);

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.ofEpochSecond(NOW));
  private OidcTokenVerifier verifier;

  @BeforeEach
  void configure() throws IOException {
    Files.writeString(folder.resolve("jwks.json"), EC.jwks());
    Files.writeString(folder.resolve("rsa.json"), RSA.jwks());
    verifier =
        verifier(
            issuer(TestIssuer.ISSUER, List.of(TokenAlgorithm.ES256), "jwks.json", false),
            issuer("https://rsa.example.org", List.of(TokenAlgorithm.RS256), "rsa.json", true));
  }

  private OidcTokenVerifier verifier(IssuerConfig... issuers) {
    return new OidcTokenVerifier(
        new IdentityConfig(
            List.of(issuers),
            List.of(),
            100,
            new JwksFetchConfig(
                Duration.ofSeconds(30),
                Duration.ofMinutes(10),
                Duration.ofHours(24),
                Duration.ofSeconds(5)),
            null),
        HttpClient.newHttpClient(),
        clock,
        Runnable::run);
  }

  private IssuerConfig issuer(
      String name, List<TokenAlgorithm> algorithms, String file, boolean requireJti) {
    return new IssuerConfig(
        name,
        TestIssuer.AUDIENCE,
        algorithms,
        new Jwks.File(folder.resolve(file)),
        Duration.ofSeconds(30),
        requireJti);
  }

  @ParameterizedTest
  @EnumSource(TokenAlgorithm.class)
  void everyAllowedAlgorithmVerifies(TokenAlgorithm algorithm) throws IOException {
    TestIssuer signer = new TestIssuer(algorithm, "key");
    Files.writeString(folder.resolve("one.json"), signer.jwks());
    OidcTokenVerifier one =
        verifier(issuer(TestIssuer.ISSUER, List.of(algorithm), "one.json", false));
    String token = signer.token(CLAIMS);
    Identity identity = one.verify(token);
    assertEquals(TestIssuer.ISSUER, identity.issuer());
    assertEquals("system:serviceaccount:ml:chat", identity.subject());
    assertEquals(Instant.ofEpochSecond(NOW + 600), identity.expiresAt());
    assertEquals(NOW, identity.claims().get("iat"));
    String flipped =
        signer.token(CLAIMS.replace("ml:chat", "ml:evil")).substring(0, token.lastIndexOf('.'))
            + token.substring(token.lastIndexOf('.'));
    assertRefused(ProblemCode.TOKEN_SIGNATURE_INVALID, one, flipped);
  }

  @Test
  void claimsKeepTheirShape() {
    Identity identity =
        verifier.verify(
            EC.token(
                CLAIMS.replace(
                    "\"aud\"",
                    "\"n\":3,\"f\":1.5,\"b\":true,\"z\":null,\"l\":[1,null,\"x\"],\"k\":{\"pod\":{\"uid\":\"u\"}},\"aud\"")));
    Map<String, Object> claims = identity.claims();
    assertEquals(3L, claims.get("n"));
    assertEquals(1.5, claims.get("f"));
    assertEquals(true, claims.get("b"));
    assertFalse(claims.containsKey("z"));
    assertEquals(List.of(1L, "x"), claims.get("l"));
    assertEquals(Map.of("pod", Map.of("uid", "u")), claims.get("k"));
  }

  @Test
  void anAudienceListHoldsOurs() {
    verifier.verify(EC.token(CLAIMS.replace("\"strongroom\"", "[\"other\",\"strongroom\"]")));
  }

  record Bad(String name, ProblemCode code, String token) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Bad> badTokens() throws GeneralSecurityException {
    String good = EC.token(CLAIMS);
    String header = EC.header();
    return Stream.of(
        bad("empty", ProblemCode.TOKEN_MALFORMED, ""),
        bad("two parts", ProblemCode.TOKEN_MALFORMED, good.substring(0, good.lastIndexOf('.'))),
        bad("five parts, as JWE", ProblemCode.TOKEN_MALFORMED, good + ".x.y"),
        bad("oversized", ProblemCode.TOKEN_MALFORMED, good + "A".repeat(16_384)),
        bad("padding", ProblemCode.TOKEN_MALFORMED, good + "=="),
        bad("padding inside", ProblemCode.TOKEN_MALFORMED, good.replaceFirst("\\.", "=.")),
        bad("line break", ProblemCode.TOKEN_MALFORMED, good + "\n"),
        bad("standard base64", ProblemCode.TOKEN_MALFORMED, good + "+/"),
        bad("other spelling of the signature", ProblemCode.TOKEN_MALFORMED, respelled(good)),
        bad(
            "alg none",
            ProblemCode.TOKEN_ALGORITHM_REFUSED,
            TestIssuer.base64("{\"alg\":\"none\"}") + "." + TestIssuer.base64(CLAIMS) + "."),
        bad(
            "alg NoNe",
            ProblemCode.TOKEN_ALGORITHM_REFUSED,
            TestIssuer.base64("{\"alg\":\"NoNe\"}") + "." + TestIssuer.base64(CLAIMS) + "."),
        bad(
            "HS256 keyed with the public key",
            ProblemCode.TOKEN_ALGORITHM_REFUSED,
            hmac(EC.pair().getPublic().getEncoded())),
        bad("algorithm of another issuer", ProblemCode.TOKEN_ALGORITHM_REFUSED, RSA.token(CLAIMS)),
        bad("alg missing", ProblemCode.TOKEN_MALFORMED, EC.token("{\"kid\":\"ec-1\"}", CLAIMS)),
        bad(
            "alg a number",
            ProblemCode.TOKEN_MALFORMED,
            EC.token("{\"alg\":7,\"kid\":\"ec-1\"}", CLAIMS)),
        bad(
            "wrong kid",
            ProblemCode.TOKEN_SIGNATURE_INVALID,
            EC.token(header.replace("ec-1", "ec-2"), CLAIMS)),
        bad(
            "kid a number",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(header.replace("\"ec-1\"", "1"), CLAIMS)),
        bad("same kid, other key", ProblemCode.TOKEN_SIGNATURE_INVALID, OTHER.token(CLAIMS)),
        bad(
            "signature of nothing",
            ProblemCode.TOKEN_SIGNATURE_INVALID,
            good.substring(0, good.lastIndexOf('.') + 1)),
        bad(
            "signature of zeros (r = s = 0)",
            ProblemCode.TOKEN_SIGNATURE_INVALID,
            good.substring(0, good.lastIndexOf('.') + 1)
                + Base64.getUrlEncoder().withoutPadding().encodeToString(new byte[64])),
        bad(
            "payload swapped",
            ProblemCode.TOKEN_SIGNATURE_INVALID,
            swapPayload(good, CLAIMS.replace("chat", "evil"))),
        bad(
            "jwk injected",
            ProblemCode.TOKEN_MALFORMED,
            OTHER.token(header.replace("\"alg\"", "\"jwk\":" + OTHER.jwk() + ",\"alg\""), CLAIMS)),
        bad("jku", ProblemCode.TOKEN_MALFORMED, withHeader("\"jku\":\"https://evil.example\"")),
        bad("x5u", ProblemCode.TOKEN_MALFORMED, withHeader("\"x5u\":\"https://evil.example\"")),
        bad("x5c", ProblemCode.TOKEN_MALFORMED, withHeader("\"x5c\":[]")),
        bad("crit", ProblemCode.TOKEN_MALFORMED, withHeader("\"crit\":[\"exp\"]")),
        bad("empty crit", ProblemCode.TOKEN_MALFORMED, withHeader("\"crit\":[]")),
        bad("b64 false", ProblemCode.TOKEN_MALFORMED, withHeader("\"b64\":false")),
        bad("duplicate alg", ProblemCode.TOKEN_MALFORMED, withHeader("\"alg\":\"ES256\"")),
        bad(
            "typ of another message",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(header.replace("JWT", "dpop+jwt"), CLAIMS)),
        bad("header no object", ProblemCode.TOKEN_MALFORMED, EC.token("[]", CLAIMS)),
        bad("payload no object", ProblemCode.TOKEN_MALFORMED, EC.token(header, "\"x\"")),
        bad("payload empty", ProblemCode.TOKEN_MALFORMED, EC.token(header, "")),
        bad("trailing bytes", ProblemCode.TOKEN_MALFORMED, EC.token(header, CLAIMS + "{}")),
        bad(
            "duplicate sub",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("{\"iss\"", "{\"sub\":\"admin\",\"iss\""))),
        bad(
            "duplicate name by escape",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("{\"iss\"", "{\"s\\u0075b\":\"admin\",\"iss\""))),
        bad(
            "deep nesting",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(
                CLAIMS.replace(
                    "{\"iss\"", "{\"x\":" + "[".repeat(60) + "]".repeat(60) + ",\"iss\""))),
        bad(
            "unknown issuer",
            ProblemCode.TOKEN_ISSUER_UNKNOWN,
            EC.token(CLAIMS.replace("issuer.example", "evil.example"))),
        bad(
            "issuer with a slash more",
            ProblemCode.TOKEN_ISSUER_UNKNOWN,
            EC.token(CLAIMS.replace("example.org", "example.org/"))),
        bad(
            "two issuers",
            ProblemCode.TOKEN_ISSUER_UNKNOWN,
            EC.token(
                CLAIMS.replace(
                    "\"https://issuer.example.org\"",
                    "[\"https://issuer.example.org\",\"https://rsa.example.org\"]"))),
        bad(
            "no issuer",
            ProblemCode.TOKEN_ISSUER_UNKNOWN,
            EC.token(CLAIMS.replace("\"iss\"", "\"isx\""))),
        bad(
            "another configured issuer's name",
            ProblemCode.TOKEN_ALGORITHM_REFUSED,
            EC.token(CLAIMS.replace("issuer.example", "rsa.example"))),
        bad(
            "wrong audience",
            ProblemCode.TOKEN_AUDIENCE_MISMATCH,
            EC.token(CLAIMS.replace("\"strongroom\"", "\"vault\""))),
        bad(
            "array of wrong audiences",
            ProblemCode.TOKEN_AUDIENCE_MISMATCH,
            EC.token(CLAIMS.replace("\"strongroom\"", "[\"strongroom2\",\"xstrongroom\"]"))),
        bad(
            "empty array of audiences",
            ProblemCode.TOKEN_AUDIENCE_MISMATCH,
            EC.token(CLAIMS.replace("\"strongroom\"", "[]"))),
        bad(
            "audience with a number",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("\"strongroom\"", "[\"strongroom\",1]"))),
        bad(
            "no audience",
            ProblemCode.TOKEN_CLAIM_MISSING,
            EC.token(CLAIMS.replace("\"aud\"", "\"aux\""))),
        bad("expired", ProblemCode.TOKEN_EXPIRED, EC.token(TestIssuer.claims(NOW - 630))),
        bad(
            "missing exp",
            ProblemCode.TOKEN_CLAIM_MISSING,
            EC.token(CLAIMS.replace("\"exp\"", "\"exq\""))),
        bad(
            "exp a text",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("" + (NOW + 600), "\"" + (NOW + 600) + "\""))),
        bad(
            "exp beyond reason",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("" + (NOW + 600), "1e300"))),
        bad(
            "nbf in the future",
            ProblemCode.TOKEN_NOT_YET_VALID,
            EC.token(CLAIMS.replace("\"exp\"", "\"nbf\":" + (NOW + 31) + ",\"exp\""))),
        bad(
            "iat in the future",
            ProblemCode.TOKEN_NOT_YET_VALID,
            EC.token(TestIssuer.claims(NOW + 31))),
        bad(
            "no subject",
            ProblemCode.TOKEN_CLAIM_MISSING,
            EC.token(CLAIMS.replace("\"sub\"", "\"suc\""))),
        bad(
            "empty subject",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("system:serviceaccount:ml:chat", ""))),
        bad(
            "subject with a line break",
            ProblemCode.TOKEN_MALFORMED,
            EC.token(CLAIMS.replace("ml:chat", "ml\\nchat"))),
        bad(
            "jti missing where it is required",
            ProblemCode.TOKEN_CLAIM_MISSING,
            RSA.token(CLAIMS.replace("issuer.example", "rsa.example"))));
  }

  @ParameterizedTest
  @MethodSource("badTokens")
  void refuses(Bad bad) {
    assertRefused(bad.code(), verifier, bad.token());
  }

  @Test
  void noRefusalRepeatsTheToken() throws GeneralSecurityException {
    for (Bad bad : badTokens().toList()) {
      Problem problem = assertThrows(Problem.class, () -> verifier.verify(bad.token()));
      for (String part : bad.token().split("\\.", -1)) {
        if (part.length() > 8) {
          assertFalse(String.valueOf(problem.getMessage()).contains(part), bad.name());
        }
      }
    }
  }

  @Test
  void skewIsAllowedEitherWay() {
    verifier.verify(EC.token(TestIssuer.claims(NOW + 30)));
    verifier.verify(EC.token(TestIssuer.claims(NOW - 629)));
  }

  @Test
  void aTokenWithoutKidNeedsASetWithoutChoice() throws IOException {
    String token = EC.token("{\"alg\":\"ES256\"}", CLAIMS);
    assertEquals(TestIssuer.ISSUER, verifier.verify(token).issuer());
    Files.writeString(
        folder.resolve("two.json"),
        "{\"keys\":[" + EC.jwk() + "," + new TestIssuer(TokenAlgorithm.ES256, "ec-9").jwk() + "]}");
    OidcTokenVerifier two =
        verifier(issuer(TestIssuer.ISSUER, List.of(TokenAlgorithm.ES256), "two.json", false));
    assertRefused(ProblemCode.TOKEN_SIGNATURE_INVALID, two, token);
    assertEquals(TestIssuer.ISSUER, two.verify(EC.token(CLAIMS)).issuer());
  }

  @Test
  void aRememberedTokenStillRunsOut() {
    String token = EC.token(CLAIMS);
    assertSame(verifier.verify(token), verifier.verify(token), "remembered");
    clock.advance(Duration.ofSeconds(629));
    verifier.verify(token);
    clock.advance(Duration.ofSeconds(1));
    assertRefused(ProblemCode.TOKEN_EXPIRED, verifier, token);
  }

  @Test
  void aRememberedTokenEndsWithItsKey() throws IOException {
    String token = EC.token(CLAIMS);
    verifier.verify(token);
    Files.writeString(
        folder.resolve("jwks.json"), new TestIssuer(TokenAlgorithm.ES256, "ec-next").jwks());
    clock.advance(Duration.ofSeconds(3));
    verifier.verify(token); // This call starts the refresh; what it answers is the old state.
    assertRefused(ProblemCode.TOKEN_SIGNATURE_INVALID, verifier, token);
  }

  private static Bad bad(String name, ProblemCode code, String token) {
    return new Bad(name, code, token);
  }

  private static String withHeader(String member) {
    return EC.token(EC.header().replace("\"alg\"", member + ",\"alg\""), CLAIMS);
  }

  private static String swapPayload(String token, String claims) {
    String[] parts = token.split("\\.", -1);
    return parts[0] + "." + TestIssuer.base64(claims) + "." + parts[2];
  }

  /** The same signature bytes, with a bit set in the part of the last character that is unused. */
  private static String respelled(String token) {
    String alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    int last = alphabet.indexOf(token.charAt(token.length() - 1));
    return token.substring(0, token.length() - 1) + alphabet.charAt(last ^ 1);
  }

  private static String hmac(byte[] key) throws GeneralSecurityException {
    String signed =
        TestIssuer.base64("{\"alg\":\"HS256\",\"kid\":\"ec-1\"}") + "." + TestIssuer.base64(CLAIMS);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return signed
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(mac.doFinal(signed.getBytes(StandardCharsets.US_ASCII)));
  }

  private static void assertRefused(ProblemCode code, TokenVerifier verifier, String token) {
    assertEquals(code, assertThrows(Problem.class, () -> verifier.verify(token)).code());
  }
}
