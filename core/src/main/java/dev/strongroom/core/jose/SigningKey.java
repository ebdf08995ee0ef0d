package dev.strongroom.core.jose;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import dev.strongroom.core.encoding.Sha256Digest;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.spec.ECGenParameterSpec;
import java.text.ParseException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A private signing key (P-256 or Ed25519) that makes compact JWS. Used for the proof key of a
 * workload and for the grant key of the service. Thread-safe.
 */
public final class SigningKey {
  private final PrivateKey privateKey;
  private final PublicKey publicKey;
  private final SignatureAlgorithm algorithm;
  private final Map<String, JWSHeader> namedHeaders = new ConcurrentHashMap<>();

  public SigningKey(KeyPair pair) {
    this.privateKey = pair.getPrivate();
    this.publicKey = pair.getPublic();
    this.algorithm = SignatureAlgorithm.of(publicKey);
  }

  /** A fresh key pair of this algorithm. */
  public static SigningKey generate(SignatureAlgorithm algorithm) {
    try {
      return switch (algorithm) {
        case ES256 -> {
          KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
          generator.initialize(new ECGenParameterSpec("secp256r1"));
          yield new SigningKey(generator.generateKeyPair());
        }
        case EDDSA -> new SigningKey(KeyPairGenerator.getInstance("Ed25519").generateKeyPair());
      };
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has P-256 and Ed25519", e);
    }
  }

  public PublicKey publicKey() {
    return publicKey;
  }

  /** The thumbprint of the public key (RFC 7638). */
  public String thumbprint() {
    return PublicKeys.thumbprint(publicKey);
  }

  /** SHA-256 over the SPKI of the public key. */
  public Sha256Digest keyId() {
    return PublicKeys.keyId(publicKey);
  }

  /**
   * Signs with the key's id in the header: for messages whose verifier holds the key already.
   *
   * @param type the JOSE {@code typ}, so that no message can be taken for one of another kind
   */
  public String sign(String type, byte[] payload) {
    return sign(namedHeaders.computeIfAbsent(type, this::namedHeader), payload);
  }

  /** Signs with the public key in the header ({@code jwk}): for proofs of possession (RFC 9449). */
  public String signWithKey(String type, byte[] payload) {
    return sign(header(type).jwk(PublicKeys.toJwk(publicKey)).build(), payload);
  }

  // A parsed header keeps its encoding; one that was built is encoded anew for each message.
  private JWSHeader namedHeader(String type) {
    try {
      return JWSHeader.parse(header(type).keyID(keyId().hex()).build().toBase64URL());
    } catch (ParseException e) {
      throw new IllegalStateException("a header that was written can be read", e);
    }
  }

  private JWSHeader.Builder header(String type) {
    return new JWSHeader.Builder(algorithm.joseName()).type(new JOSEObjectType(type));
  }

  private String sign(JWSHeader header, byte[] payload) {
    try {
      JWSObject object = new JWSObject(header, new Payload(payload));
      object.sign(new JcaSigner(privateKey, algorithm));
      return object.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException("signing failed", e);
    }
  }
}
