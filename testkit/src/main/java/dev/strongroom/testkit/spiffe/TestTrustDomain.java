package dev.strongroom.testkit.spiffe;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.util.Base64;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.UnaryOperator;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.CertIOException;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A trust domain with authorities of its own, on P-256. For one thread at a time. */
public final class TestTrustDomain {
  private static final Duration AUTHORITY_LIFE = Duration.ofDays(1);

  private final String name;
  private final SecureRandom random = new SecureRandom();
  private final List<X509Certificate> authorities = new ArrayList<>();
  private final List<ECKey> jwtKeys = new ArrayList<>();
  private KeyPair authorityKey;

  /**
   * @param name as in {@code spiffe://name}
   */
  public TestTrustDomain(String name) {
    this.name = name;
    this.authorityKey = keyPair();
    addAuthorities();
  }

  public String name() {
    return name;
  }

  /** The SPIFFE ID with this path. */
  public String id(String path) {
    return "spiffe://" + name + path;
  }

  /** From now on others sign; what the ones before signed holds until they are retired. */
  public void rotate() {
    authorityKey = keyPair();
    addAuthorities();
  }

  /** Takes every authority but the newest out of the bundle. */
  public void retire() {
    X509Certificate newest = authorities.getLast();
    authorities.clear();
    authorities.add(newest);
    ECKey key = jwtKeys.getLast();
    jwtKeys.clear();
    jwtKeys.add(key);
  }

  private void addAuthorities() {
    Instant now = Instant.now();
    SvidRecipe recipe =
        SvidRecipe.of(id(""), now)
            .from(now.minus(AUTHORITY_LIFE))
            .until(now.plus(AUTHORITY_LIFE))
            .asAuthority()
            .withKeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign);
    authorities.add(certificate(authorityKey, subject(), subject(), authorityKey, recipe));
    try {
      jwtKeys.add(
          new ECKeyGenerator(Curve.P_256)
              .keyUse(new KeyUse("jwt-svid"))
              .keyID(UUID.randomUUID().toString())
              .generate());
    } catch (JOSEException e) {
      throw new IllegalStateException("no key can be made", e);
    }
  }

  private String subject() {
    return "CN=" + name + " " + authorities.size() + ",O=SPIFFE";
  }

  /** An X.509-SVID of this path, good for an hour. */
  public TestSvid issue(String path) {
    return issue(path, UnaryOperator.identity());
  }

  /** An X.509-SVID that is made differently. */
  public TestSvid issue(String path, UnaryOperator<SvidRecipe> change) {
    KeyPair pair = keyPair();
    SvidRecipe recipe = change.apply(SvidRecipe.of(id(path), Instant.now()));
    String issuer = authorities.getLast().getSubjectX500Principal().getName();
    return new TestSvid(
        List.of(certificate(authorityKey, issuer, "CN=svid,O=SPIFFE", pair, recipe)),
        pair.getPrivate());
  }

  private X509Certificate certificate(
      KeyPair signer, String issuer, String subject, KeyPair subjectKey, SvidRecipe recipe) {
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            new X500Principal(issuer),
            new BigInteger(120, random).add(BigInteger.ONE),
            Date.from(recipe.notBefore()),
            Date.from(recipe.notAfter()),
            new X500Principal(subject),
            subjectKey.getPublic());
    try {
      builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(recipe.ca()));
      Integer usage = recipe.keyUsage();
      if (usage != null) {
        builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
      }
      if (!recipe.ca()) {
        builder.addExtension(
            Extension.extendedKeyUsage,
            false,
            recipe.serverOnly()
                ? new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth)
                : new ExtendedKeyUsage(
                    new KeyPurposeId[] {
                      KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                    }));
      }
      if (!recipe.uris().isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                recipe.uris().stream()
                    .map(uri -> new GeneralName(GeneralName.uniformResourceIdentifier, uri))
                    .toArray(GeneralName[]::new)));
      }
      return new JcaX509CertificateConverter()
          .getCertificate(
              builder.build(
                  new JcaContentSignerBuilder("SHA256withECDSA").build(signer.getPrivate())));
    } catch (CertIOException | OperatorCreationException | GeneralSecurityException e) {
      throw new IllegalStateException("the certificate cannot be made", e);
    }
  }

  /** A JWT-SVID of this path for five minutes. */
  public String jwt(String path, String audience) {
    return jwt(path, audience, Duration.ofMinutes(5));
  }

  /** A JWT-SVID of this path. */
  public String jwt(String path, String audience, Duration life) {
    Instant now = Instant.now();
    return sign(
        Map.of(
            "sub", id(path),
            "aud", List.of(audience),
            "iat", now.getEpochSecond(),
            "exp", now.plus(life).getEpochSecond()));
  }

  /** A token with these claims, signed by the newest key. */
  public String sign(Map<String, Object> claims) {
    ECKey key = jwtKeys.getLast();
    try {
      SignedJWT jwt =
          new SignedJWT(
              new JWSHeader.Builder(JWSAlgorithm.ES256)
                  .keyID(key.getKeyID())
                  .type(com.nimbusds.jose.JOSEObjectType.JWT)
                  .build(),
              JWTClaimsSet.parse(claims));
      jwt.sign(new ECDSASigner(key));
      return jwt.serialize();
    } catch (JOSEException | ParseException e) {
      throw new IllegalStateException("the token cannot be signed", e);
    }
  }

  /** The authorities of X.509-SVIDs, as DER one after the other (Workload API). */
  byte[] x509Bundle() {
    java.io.ByteArrayOutputStream out = new java.io.ByteArrayOutputStream();
    for (X509Certificate authority : authorities) {
      out.writeBytes(der(authority));
    }
    return out.toByteArray();
  }

  /** The keys of JWT-SVIDs, as a JWK set (Workload API). */
  String jwtBundle() {
    return new JWKSet(List.copyOf(jwtKeys)).toString(true);
  }

  /** Both, as a SPIFFE bundle (SPIFFE Trust Domain and Bundle, section 4). */
  public String bundle() {
    List<com.nimbusds.jose.jwk.JWK> keys = new ArrayList<>(jwtKeys);
    for (X509Certificate authority : authorities) {
      keys.add(
          new ECKey.Builder(
                  Curve.P_256, (java.security.interfaces.ECPublicKey) authority.getPublicKey())
              .keyUse(new KeyUse("x509-svid"))
              .x509CertChain(List.of(Base64.encode(der(authority))))
              .build());
    }
    Map<String, Object> json = new java.util.LinkedHashMap<>(new JWKSet(keys).toJSONObject(true));
    json.put("spiffe_sequence", authorities.size());
    json.put("spiffe_refresh_hint", 60);
    return com.nimbusds.jose.util.JSONObjectUtils.toJSONString(json);
  }

  /** Writes {@link #bundle()}. */
  public Path writeBundle(Path file) {
    try {
      return Files.writeString(file, bundle());
    } catch (IOException e) {
      throw new IllegalStateException("the bundle cannot be written", e);
    }
  }

  static byte[] der(X509Certificate certificate) {
    try {
      return certificate.getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("the certificate has no encoding", e);
    }
  }

  private static KeyPair keyPair() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no key can be made", e);
    }
  }
}
