package dev.strongroom.testkit.issuer;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Date;
import java.util.Map;
import java.util.UUID;

/**
 * An OIDC issuer whose key is a file: it mints ES256 tokens and publishes its JWKS as a file. Not
 * for production, where the platform's own issuer says who a workload is.
 */
public final class TestIssuer {
  private static final String KEY_FILE = "issuer-key.json";
  private static final String NAME_FILE = "issuer.txt";
  private static final String JWKS_FILE = "jwks.json";

  private final Path folder;
  private final String issuer;
  private final ECKey key;
  private final InstantSource clock;

  private TestIssuer(Path folder, String issuer, ECKey key, InstantSource clock) {
    this.folder = folder;
    this.issuer = issuer;
    this.key = key;
    this.clock = clock;
  }

  /**
   * Makes an issuer: a key (mode 0600), its name and its JWKS in this folder.
   *
   * @param issuer the {@code iss} of its tokens, for example {@code https://issuer.test}
   * @throws UncheckedIOException when there is an issuer in the folder already
   */
  public static TestIssuer create(Path folder, String issuer, InstantSource clock) {
    try {
      ECKey key =
          new ECKeyGenerator(Curve.P_256)
              .keyUse(KeyUse.SIGNATURE)
              .algorithm(JWSAlgorithm.ES256)
              .keyIDFromThumbprint(true)
              .generate();
      Files.createDirectories(folder);
      writePrivately(folder.resolve(KEY_FILE), key.toJSONString());
      Files.writeString(folder.resolve(NAME_FILE), issuer);
      TestIssuer made = new TestIssuer(folder, issuer, key, clock);
      Files.writeString(made.jwks(), new JWKSet(key).toString(true));
      return made;
    } catch (IOException e) {
      throw new UncheckedIOException("the issuer's files cannot be written", e);
    } catch (JOSEException e) {
      throw new IllegalStateException("no P-256 key could be made", e);
    }
  }

  /** Opens the issuer that was made in this folder. */
  public static TestIssuer open(Path folder, InstantSource clock) {
    try {
      String issuer = Files.readString(folder.resolve(NAME_FILE));
      ECKey key = ECKey.parse(Files.readString(folder.resolve(KEY_FILE)));
      return new TestIssuer(folder, issuer, key, clock);
    } catch (IOException e) {
      throw new UncheckedIOException("there is no issuer in " + folder, e);
    } catch (ParseException e) {
      throw new IllegalStateException("the issuer's key file is damaged", e);
    }
  }

  private static void writePrivately(Path file, String text) throws IOException {
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, text, StandardOpenOption.WRITE);
  }

  /** The {@code iss} of its tokens. */
  public String issuer() {
    return issuer;
  }

  /** The file with its public key (RFC 7517 section 5). */
  public Path jwks() {
    return folder.resolve(JWKS_FILE);
  }

  /** Its public key in PEM, a SubjectPublicKeyInfo. */
  public String publicKeyPem() {
    try {
      return "-----BEGIN PUBLIC KEY-----\n"
          + Base64.getMimeEncoder(64, new byte[] {'\n'})
              .encodeToString(key.toECPublicKey().getEncoded())
          + "\n-----END PUBLIC KEY-----\n";
    } catch (JOSEException e) {
      throw new IllegalStateException("the issuer's key is no P-256 key", e);
    }
  }

  /**
   * A token for this subject and audience with {@code iat}, {@code exp} and a fresh {@code jti}.
   */
  public String mint(String subject, String audience, Duration lifetime) {
    return mint(subject, audience, lifetime, Map.of());
  }

  /**
   * A token.
   *
   * @param claims added, or put in the place of a standard claim: times are {@link Instant}s
   */
  public String mint(
      String subject, String audience, Duration lifetime, Map<String, Object> claims) {
    Instant now = clock.instant();
    JWTClaimsSet.Builder content =
        new JWTClaimsSet.Builder()
            .issuer(issuer)
            .subject(subject)
            .audience(audience)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(lifetime)))
            .jwtID(UUID.randomUUID().toString());
    claims.forEach((name, value) ->
        content.claim(name, value instanceof Instant time ? Date.from(time) : value));
    SignedJWT token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.ES256)
                .type(JOSEObjectType.JWT)
                .keyID(key.getKeyID())
                .build(),
            content.build());
    try {
      token.sign(new ECDSASigner(key));
    } catch (JOSEException e) {
      throw new IllegalStateException("signing failed", e);
    }
    return token.serialize();
  }
}
