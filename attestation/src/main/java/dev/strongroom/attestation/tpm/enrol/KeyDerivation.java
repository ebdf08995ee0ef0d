package dev.strongroom.attestation.tpm.enrol;

import dev.strongroom.attestation.tpm.HashAlgorithm;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Key derivation of TPMs, Part 1 sections 11.4.10.2 (KDFa, SP 800-108 counter mode) and 11.4.10.3
 * (KDFe, SP 800-56A). One block is all that is needed here: no key is longer than its digest.
 */
final class KeyDerivation {
  private static final int FIRST = 1;

  private KeyDerivation() {}

  static byte[] kdfa(
      HashAlgorithm hash, byte[] key, String label, byte[] contextU, byte[] contextV, int bits) {
    try {
      Mac mac = Mac.getInstance(hash.hmacName());
      mac.init(new SecretKeySpec(key, hash.hmacName()));
      mac.update(number(FIRST));
      mac.update(terminated(label));
      mac.update(contextU);
      mac.update(contextV);
      return Arrays.copyOf(mac.doFinal(number(bits)), oneBlock(hash, bits));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java platform has " + hash.hmacName(), e);
    }
  }

  static byte[] kdfe(
      HashAlgorithm hash, byte[] z, String use, byte[] partyU, byte[] partyV, int bits) {
    MessageDigest digest = hash.start();
    digest.update(number(FIRST));
    digest.update(z);
    digest.update(terminated(use));
    digest.update(partyU);
    digest.update(partyV);
    return Arrays.copyOf(digest.digest(), oneBlock(hash, bits));
  }

  /** A label with the zero that TPMs digest too. */
  static byte[] terminated(String label) {
    return (label + "\0").getBytes(StandardCharsets.US_ASCII);
  }

  private static int oneBlock(HashAlgorithm hash, int bits) {
    if (bits > 8 * hash.size()) {
      throw new IllegalArgumentException(bits + " bits of " + hash);
    }
    return bits / 8;
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }
}
