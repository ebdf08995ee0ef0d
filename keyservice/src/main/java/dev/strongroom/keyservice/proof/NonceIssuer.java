package dev.strongroom.keyservice.proof;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.grant.Nonce;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Makes nonces and recognises its own (grant protocol, section 3). Nothing is stored: a nonce is
 * its format, epoch, expiry and 128 random bits, and an HMAC-SHA256 (RFC 2104) over them.
 * Thread-safe.
 */
public final class NonceIssuer implements AutoCloseable {
  private static final byte FORMAT = 1;
  private static final int RANDOM_BYTES = 16;
  private static final int BODY_BYTES = 1 + Long.BYTES + Long.BYTES + RANDOM_BYTES;
  private static final int MAC_BYTES = 32;

  private final SecretBytes key;
  private final InstantSource clock;
  private final SecureRandom random;
  private final Duration lifetime;

  /**
   * @param key 32 bytes, closed with this issuer
   * @param lifetime of a nonce, at least a second
   */
  public NonceIssuer(SecretBytes key, InstantSource clock, SecureRandom random, Duration lifetime) {
    if (key.size() != NonceKeyFile.BYTES || lifetime.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("a 32-byte key and a lifetime of a second are wanted");
    }
    this.key = key;
    this.clock = clock;
    this.random = random;
    this.lifetime = lifetime;
  }

  /**
   * A new nonce.
   *
   * @param epoch of the store, not negative; nonces of other epochs are void
   */
  public Nonce issue(long epoch) {
    byte[] bits = new byte[RANDOM_BYTES];
    random.nextBytes(bits);
    long expiresAt = clock.instant().plus(lifetime).getEpochSecond();
    byte[] body =
        ByteBuffer.allocate(BODY_BYTES)
            .put(FORMAT)
            .putLong(epoch)
            .putLong(expiresAt)
            .put(bits)
            .array();
    byte[] nonce = Arrays.copyOf(body, BODY_BYTES + MAC_BYTES);
    System.arraycopy(mac(body), 0, nonce, BODY_BYTES, MAC_BYTES);
    return new Nonce(Blob.of(nonce).base64url(), expiresAt);
  }

  /**
   * Recognises a nonce.
   *
   * @param nonce as the caller sent it; only its one canonical spelling is accepted, because the
   *     log keeps a hash of the text
   * @param epoch the current epoch of the store
   * @throws Problem {@link ProblemCode#NONCE_INVALID} when it is malformed, not ours, or of another
   *     epoch; {@link ProblemCode#NONCE_EXPIRED}
   */
  public CheckedNonce check(String nonce, long epoch) {
    byte[] bytes = decode(nonce);
    byte[] body = Arrays.copyOf(bytes, BODY_BYTES);
    byte[] mac = Arrays.copyOfRange(bytes, BODY_BYTES, bytes.length);
    if (!MessageDigest.isEqual(mac, mac(body))) {
      throw invalid("the nonce is not one of this service; ask for a new one");
    }
    ByteBuffer fields = ByteBuffer.wrap(body);
    if (fields.get() != FORMAT) {
      throw invalid("the nonce has another format; ask for a new one");
    }
    if (fields.getLong() != epoch) {
      throw invalid("the nonce was made before the store was restored; ask for a new one");
    }
    long expiresAt = fields.getLong();
    if (clock.instant().getEpochSecond() >= expiresAt) {
      throw new Problem(ProblemCode.NONCE_EXPIRED, "the nonce has run out; ask for a new one");
    }
    return new CheckedNonce(Nonce.hash(nonce), expiresAt);
  }

  @Override
  public void close() {
    key.close();
  }

  private static byte[] decode(String nonce) {
    byte[] bytes;
    try {
      bytes = nonce.length() > 128 ? new byte[0] : new Blob(nonce).bytes();
    } catch (Problem e) {
      throw new Problem(ProblemCode.NONCE_INVALID, "the nonce is not base64url", e);
    }
    if (bytes.length != BODY_BYTES + MAC_BYTES) {
      throw invalid("the nonce does not have the length of one of this service");
    }
    return bytes;
  }

  private byte[] mac(byte[] body) {
    byte[] input = CanonicalEncoding.of("strongroom/v1/nonce").raw(body).bytes();
    return key.use(bytes -> {
      try {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(bytes, "HmacSHA256"));
        return mac.doFinal(input);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every Java platform has HMAC-SHA256", e);
      }
    });
  }

  private static Problem invalid(String message) {
    return new Problem(ProblemCode.NONCE_INVALID, message);
  }
}
