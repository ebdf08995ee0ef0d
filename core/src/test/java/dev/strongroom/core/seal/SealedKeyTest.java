package dev.strongroom.core.seal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.crypto.tink.HybridDecrypt;
import com.google.crypto.tink.HybridEncrypt;
import com.google.crypto.tink.InsecureSecretKeyAccess;
import com.google.crypto.tink.KeysetHandle;
import com.google.crypto.tink.RegistryConfiguration;
import com.google.crypto.tink.hybrid.HpkeParameters;
import com.google.crypto.tink.hybrid.HpkePrivateKey;
import com.google.crypto.tink.hybrid.HpkePublicKey;
import com.google.crypto.tink.hybrid.HybridConfig;
import com.google.crypto.tink.util.Bytes;
import com.google.crypto.tink.util.SecretBytes;
import dev.strongroom.core.id.Blob;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.crypto.AsymmetricCipherKeyPair;
import org.bouncycastle.crypto.hpke.HPKE;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SealedKeyTest {
  private static final byte[] INFO = "info".getBytes(UTF_8);
  private static final byte[] CONTEXT = "context".getBytes(UTF_8);
  private static final SecureRandom RANDOM = new SecureRandom();

  @ParameterizedTest
  @EnumSource
  void aSealedKeyOpensForItsKeyInfoAndContextOnly(SealSuite suite) {
    byte[] dataKey = new byte[32];
    RANDOM.nextBytes(dataKey);
    try (SealKeyPair pair = SealKeyPair.generate(suite);
        SealKeyPair stranger = SealKeyPair.generate(suite);
        var key = dev.strongroom.core.secret.SecretBytes.takeOver(dataKey.clone())) {
      assertEquals(suite.publicKeyBytes(), pair.publicKey().length);
      SealedKey sealed = SealedKey.seal(suite, pair.publicKey(), INFO, CONTEXT, key);
      try (var opened = pair.open(sealed, INFO, CONTEXT)) {
        assertTrue(opened.sameAs(dataKey));
      }
      assertRefused(() -> stranger.open(sealed, INFO, CONTEXT));
      assertRefused(() -> pair.open(sealed, CONTEXT, CONTEXT));
      assertRefused(() -> pair.open(sealed, INFO, INFO));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyChangedByteIsRefused(SealSuite suite) {
    try (SealKeyPair pair = SealKeyPair.generate(suite);
        var key = dev.strongroom.core.secret.SecretBytes.random(32, RANDOM)) {
      SealedKey sealed = SealedKey.seal(suite, pair.publicKey(), INFO, CONTEXT, key);
      byte[] ciphertext = sealed.ciphertext().bytes();
      for (int i = 0; i < ciphertext.length; i++) {
        SealedKey changed = new SealedKey(suite, sealed.encapsulation(), flipped(ciphertext, i));
        assertRefused(() -> pair.open(changed, INFO, CONTEXT));
      }
      byte[] encapsulation = sealed.encapsulation().bytes();
      int step = Math.max(1, encapsulation.length / 40);
      for (int i = 0; i < encapsulation.length; i += step) {
        SealedKey changed = new SealedKey(suite, flipped(encapsulation, i), sealed.ciphertext());
        assertRefused(() -> pair.open(changed, INFO, CONTEXT));
      }
    }
  }

  @Test
  void lengthsThatDoNotFitTheSuiteAreRefused() {
    assertEquals(
        ProblemCode.SEALED_KEY_INVALID,
        assertThrows(
                Problem.class,
                () -> new SealedKey(SealSuite.X25519, Blob.of(new byte[31]), Blob.of(new byte[48])))
            .code());
    try (var key = dev.strongroom.core.secret.SecretBytes.random(32, RANDOM)) {
      for (int length : new int[] {0, 31, 33, 1216}) {
        assertEquals(
            ProblemCode.UNSUPPORTED_ALGORITHM,
            assertThrows(
                    Problem.class,
                    () -> SealedKey.seal(SealSuite.X25519, new byte[length], INFO, CONTEXT, key))
                .code());
      }
    }
  }

  @Test
  void aLowOrderPointIsRefused() {
    try (var key = dev.strongroom.core.secret.SecretBytes.random(32, RANDOM)) {
      assertEquals(
          ProblemCode.UNSUPPORTED_ALGORITHM,
          assertThrows(
                  Problem.class,
                  () -> SealedKey.seal(SealSuite.X25519, new byte[32], INFO, CONTEXT, key))
              .code());
    }
  }

  @Test
  void tinkOpensWhatWeSealAndTheOtherWayRound() throws Exception {
    HybridConfig.register();
    HPKE hpke = SealSuite.X25519.hpke();
    AsymmetricCipherKeyPair pair = hpke.generatePrivateKey();
    byte[] publicKey = hpke.serializePublicKey(pair.getPublic());
    byte[] privateKey = hpke.serializePrivateKey(pair.getPrivate());
    KeysetHandle handle = tinkKeyset(publicKey, privateKey);
    byte[] none = new byte[0]; // Tink leaves the associated data of HPKE empty

    byte[] dataKey = new byte[32];
    RANDOM.nextBytes(dataKey);
    try (var key = dev.strongroom.core.secret.SecretBytes.takeOver(dataKey.clone())) {
      SealedKey sealed = SealedKey.seal(SealSuite.X25519, publicKey, INFO, none, key);
      byte[] encapsulation = sealed.encapsulation().bytes();
      byte[] ciphertext = sealed.ciphertext().bytes();
      byte[] joined = Arrays.copyOf(encapsulation, encapsulation.length + ciphertext.length);
      System.arraycopy(ciphertext, 0, joined, encapsulation.length, ciphertext.length);
      assertTrue(
          Arrays.equals(
              dataKey,
              handle
                  .getPrimitive(RegistryConfiguration.get(), HybridDecrypt.class)
                  .decrypt(joined, INFO)));
    }
    byte[] byTink =
        handle
            .getPublicKeysetHandle()
            .getPrimitive(RegistryConfiguration.get(), HybridEncrypt.class)
            .encrypt(dataKey, INFO);
    assertTrue(
        Arrays.equals(
            dataKey,
            hpke.setupBaseR(Arrays.copyOf(byTink, 32), pair, INFO)
                .open(none, Arrays.copyOfRange(byTink, 32, byTink.length))));
  }

  private static KeysetHandle tinkKeyset(byte[] publicKey, byte[] privateKey) throws Exception {
    HpkeParameters parameters =
        HpkeParameters.builder()
            .setVariant(HpkeParameters.Variant.NO_PREFIX)
            .setKemId(HpkeParameters.KemId.DHKEM_X25519_HKDF_SHA256)
            .setKdfId(HpkeParameters.KdfId.HKDF_SHA256)
            .setAeadId(HpkeParameters.AeadId.AES_256_GCM)
            .build();
    HpkePrivateKey key =
        HpkePrivateKey.create(
            HpkePublicKey.create(parameters, Bytes.copyFrom(publicKey), null),
            SecretBytes.copyFrom(privateKey, InsecureSecretKeyAccess.get()));
    return KeysetHandle.newBuilder()
        .addEntry(KeysetHandle.importKey(key).withRandomId().makePrimary())
        .build();
  }

  private static Blob flipped(byte[] bytes, int index) {
    byte[] copy = bytes.clone();
    copy[index] ^= 1;
    return Blob.of(copy);
  }

  private static void assertRefused(org.junit.jupiter.api.function.Executable action) {
    assertEquals(ProblemCode.SEALED_KEY_INVALID, assertThrows(Problem.class, action).code());
  }
}
