package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.junit.jupiter.api.Test;

class VersionKeyTest {
  private static final int S = 4096;

  // RFC 5869, appendix A.1 and A.3: the first 32 bytes of the output are the first block.
  @Test
  void hkdfAgreesWithItsVectors() {
    byte[] ikm = HexFormat.of().parseHex("0b".repeat(22));
    assertEquals(
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
        hkdf(ikm, HexFormat.of().parseHex("000102030405060708090a0b0c"), "f0f1f2f3f4f5f6f7f8f9"));
    assertEquals(
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
        hkdf(ikm, new byte[32], ""));
  }

  private static String hkdf(byte[] ikm, byte[] salt, String info) {
    try (SecretBytes secret = SecretBytes.takeOver(ikm.clone());
        SecretBytes output = Hkdf.derive(secret, salt, HexFormat.of().parseHex(info))) {
      return output.use(HexFormat.of()::formatHex);
    }
  }

  @Test
  void hkdfAgreesWithTheRuntime() throws Exception {
    Random random = new Random(5869);
    for (int i = 0; i < 200; i++) {
      byte[] ikm = new byte[32];
      byte[] salt = new byte[1 + random.nextInt(64)];
      byte[] info = new byte[random.nextInt(200)];
      random.nextBytes(ikm);
      random.nextBytes(salt);
      random.nextBytes(info);
      byte[] expected =
          KDF.getInstance("HKDF-SHA256")
              .deriveData(
                  HKDFParameterSpec.ofExtract().addIKM(ikm).addSalt(salt).thenExpand(info, 32));
      assertEquals(
          HexFormat.of().formatHex(expected), hkdf(ikm, salt, HexFormat.of().formatHex(info)));
    }
  }

  @Test
  void commitmentDiffersPerKeyAndContext() {
    SampleFile file = SampleFile.of(10, S);
    FileCommitment commitment = file.commitment();
    assertEquals(commitment, file.commitment());
    List<SampleFile> others =
        List.of(
            SampleFile.of("acme/chat:4", "model.safetensors", 0, 10, S, 1),
            SampleFile.of("acme/cha:3", "model.safetensors", 0, 10, S, 1),
            SampleFile.of("acme/chat:3", "model.safetensor", 0, 10, S, 1),
            SampleFile.of("acme/chat:3", "model.safetensors", 1, 10, S, 1),
            SampleFile.of("acme/chat:3", "model.safetensors", 0, 11, S, 1));
    for (SampleFile other : others) {
      assertNotEquals(commitment, other.commitment(), other.context().toString());
    }
  }

  @Test
  void anotherDataKeyIsRefusedBeforeAnyPlaintext() {
    SampleFile file = SampleFile.of(10, S);
    byte[] other = SampleFile.dataKeyBytes();
    other[31] ^= 1;
    try (SecretBytes secret = SecretBytes.takeOver(other);
        VersionKey key = VersionKey.of(secret)) {
      Problem problem =
          assertThrows(
              Problem.class, () -> key.opener(file.context(), file.commitment(), file.header(), S));
      assertEquals(ProblemCode.KEY_COMMITMENT_MISMATCH, problem.code());
    }
  }

  @Test
  void anotherCommitmentIsRefused() {
    SampleFile file = SampleFile.of(10, S);
    SampleFile neighbour = SampleFile.of("acme/chat:3", "b", 1, 10, S, 1);
    try (VersionKey key = SampleFile.versionKey()) {
      Problem problem =
          assertThrows(
              Problem.class,
              () -> key.opener(file.context(), neighbour.commitment(), file.header(), S));
      assertEquals(ProblemCode.KEY_COMMITMENT_MISMATCH, problem.code());
    }
  }

  @Test
  void dataKeyHasThirtyTwoBytes() {
    for (int size : new int[] {1, 16, 31, 33, 64}) {
      try (SecretBytes secret = SecretBytes.random(size, new SecureRandom())) {
        assertEquals(
            ProblemCode.SEALED_KEY_INVALID,
            assertThrows(Problem.class, () -> VersionKey.of(secret)).code());
      }
    }
  }

  @Test
  void oneSegmentIsEncryptedOnceUnderOneHeaderByWhateverThread() throws Exception {
    SampleFile file = SampleFile.of(40L * S, S);
    byte[] plaintext = SampleFile.plaintext(40 * S, 1);
    try (VersionKey key = SampleFile.versionKey();
        FileSealer sealer = key.sealer(file.context(), file.header(), S);
        ExecutorService threads = Executors.newFixedThreadPool(4)) {
      AtomicInteger encrypted = new AtomicInteger();
      AtomicInteger refused = new AtomicInteger();
      SegmentLayout layout = sealer.layout();
      Callable<Void> everySegment =
          () -> {
            byte[] out = new byte[S];
            try (SegmentEncrypter encrypter = sealer.newEncrypter()) {
              for (int i = 0; i < layout.segmentCount(); i++) {
                int offset = Math.toIntExact(layout.plaintextOffset(i));
                try {
                  encrypter.encrypt(i, plaintext, offset, layout.plaintextLength(i), out, 0);
                  encrypted.incrementAndGet();
                } catch (IllegalStateException e) {
                  refused.incrementAndGet();
                }
              }
            }
            return null;
          };
      for (var result :
          threads.invokeAll(IntStream.range(0, 4).mapToObj(i -> everySegment).toList())) {
        result.get();
      }
      assertEquals(layout.segmentCount(), encrypted.get());
      assertEquals(3 * layout.segmentCount(), refused.get());
    }
  }

  @Test
  void refusesWrongLengthsOverlapsAndForeignRanges() {
    SampleFile file = SampleFile.of(100, S);
    try (VersionKey key = SampleFile.versionKey();
        FileSealer sealer = key.sealer(file.context(), file.header(), S);
        SegmentEncrypter encrypter = sealer.newEncrypter()) {
      byte[] in = new byte[300];
      assertThrows(
          IllegalArgumentException.class, () -> encrypter.encrypt(0, in, 0, 99, new byte[200], 0));
      assertThrows(IllegalArgumentException.class, () -> encrypter.encrypt(0, in, 0, 100, in, 50));
      assertThrows(
          IndexOutOfBoundsException.class,
          () -> encrypter.encrypt(0, in, 0, 100, new byte[115], 0));
      assertThrows(
          IndexOutOfBoundsException.class, () -> encrypter.encrypt(1, in, 0, 100, in, 100));
      // None of the refusals has used up the segment.
      assertEquals(116, encrypter.encrypt(0, in, 0, 100, in, 100));
    }
  }

  @Test
  void closedKeysWorkNoMore() {
    SampleFile file = SampleFile.of(0, S);
    VersionKey key = SampleFile.versionKey();
    FileSealer sealer = key.sealer(file.context(), file.header(), S);
    SegmentEncrypter closed = sealer.newEncrypter();
    closed.close();
    closed.close();
    assertThrows(
        IllegalStateException.class, () -> closed.encrypt(0, new byte[0], 0, 0, new byte[16], 0));
    SegmentEncrypter orphan = sealer.newEncrypter();
    sealer.close();
    sealer.close();
    assertThrows(
        IllegalStateException.class, () -> orphan.encrypt(0, new byte[0], 0, 0, new byte[16], 0));
    key.close();
    key.close();
    assertThrows(IllegalStateException.class, () -> key.commitment(file.context()));
    assertThrows(IllegalStateException.class, () -> key.sealer(file.context(), file.header(), S));
  }

  @Test
  void lentKeysAreWipedAndNeverSerialised() throws Exception {
    try (SecretBytes secret = SecretBytes.takeOver(SampleFile.dataKeyBytes())) {
      LentKey key = new LentKey(secret, "AES");
      byte[] kept = key.getEncoded();
      byte[] wiped = key.getEncoded();
      java.util.Arrays.fill(wiped, (byte) 0);
      key.forgetWiped();
      assertArrayEquals(SampleFile.dataKeyBytes(), kept);
      key.wipeLent();
      assertArrayEquals(new byte[32], kept);
      var out = new java.io.ObjectOutputStream(java.io.OutputStream.nullOutputStream());
      assertThrows(java.io.NotSerializableException.class, () -> out.writeObject(key));
    }
  }

  @Test
  void headersAreFresh() {
    SecureRandom random = new SecureRandom();
    assertNotEquals(StreamHeader.random(random), StreamHeader.random(random));
  }
}
