package dev.strongroom.core.weights;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What storage may do to an object, and the refusal of each. */
class StreamMutationTest {
  private static final int S = 4096;
  private static final int SIZE = 4 * S;

  private final byte[] plaintext = SampleFile.plaintext(SIZE, 5);
  private final SampleFile file = SampleFile.of(SIZE, S);
  private final byte[] object = file.encrypt(plaintext);

  private ProblemCode refusal(SampleFile reader, byte[] mutated) {
    return assertThrows(Problem.class, () -> reader.decrypt(mutated)).code();
  }

  private ProblemCode refusal(byte[] mutated) {
    return refusal(file, mutated);
  }

  @Test
  void unchangedOpens() {
    assertArrayEquals(plaintext, file.decrypt(object));
  }

  @ParameterizedTest
  @ValueSource(ints = {4 * S, 3 * S, 3 * S + 1, S, 40, 41, 56})
  void cutObjectIsRefused(int length) {
    assertEquals(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, refusal(Arrays.copyOf(object, length)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 39})
  void cutHeaderIsRefused(int length) {
    assertEquals(ProblemCode.CIPHERTEXT_HEADER_INVALID, refusal(Arrays.copyOf(object, length)));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 16, S})
  void extendedObjectIsRefused(int more) {
    assertEquals(
        ProblemCode.CIPHERTEXT_LENGTH_MISMATCH,
        refusal(Arrays.copyOf(object, object.length + more)));
  }

  @Test
  void everyFlippedBitIsRefused() {
    Random random = new Random(11);
    for (int i = 0; i < 1_500; i++) {
      int place = i < StreamHeader.BYTES ? i : random.nextInt(object.length);
      byte[] mutated = object.clone();
      mutated[place] ^= (byte) (1 << random.nextInt(8));
      ProblemCode expected =
          place == 0 ? ProblemCode.CIPHERTEXT_HEADER_INVALID : ProblemCode.CIPHERTEXT_CORRUPT;
      assertEquals(expected, refusal(mutated), "byte " + place);
    }
  }

  @Test
  void everyFlippedTagIsRefused() {
    SegmentLayout layout = new SegmentLayout(SIZE, S);
    for (int i = 0; i < layout.segmentCount(); i++) {
      byte[] mutated = object.clone();
      mutated[Math.toIntExact(layout.ciphertextOffset(i)) + layout.ciphertextLength(i) - 1] ^= 1;
      assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(mutated), "segment " + i);
    }
  }

  @Test
  void swappedAndDuplicatedSegmentsAreRefused() {
    byte[] swapped = object.clone();
    System.arraycopy(object, S, swapped, 2 * S, S);
    System.arraycopy(object, 2 * S, swapped, S, S);
    assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(swapped));
    byte[] duplicated = object.clone();
    System.arraycopy(object, S, duplicated, 2 * S, S);
    assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(duplicated));
  }

  // A shorter file under the same key and header ends where this one goes on.
  @Test
  void lastSegmentOfAnotherLengthIsRefused() {
    byte[] shorter =
        SampleFile.of("acme/chat:3", "model.safetensors", 0, 3 * S - 88, S, 1)
            .encrypt(Arrays.copyOf(plaintext, 3 * S - 88));
    assertEquals(3 * S, shorter.length);
    byte[] mixed = object.clone();
    System.arraycopy(shorter, 2 * S, mixed, 2 * S, S);
    assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(mixed));
  }

  @Test
  void segmentOfAnotherAttemptIsRefused() {
    byte[] other =
        SampleFile.of("acme/chat:3", "model.safetensors", 0, SIZE, S, 2).encrypt(plaintext);
    assertArrayEquals(plaintext, file.decrypt(other));
    byte[] mixed = object.clone();
    System.arraycopy(other, S, mixed, S, S);
    assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(mixed));
  }

  // The reader's context differs in one field; its commitment is right for that context, so that
  // the
  // stream itself has to refuse.
  @Test
  void everyFieldOfTheContextIsBound() {
    SampleFile[] readers = {
      SampleFile.of("acme/chat:31", "model.safetensors", 0, SIZE, S, 1),
      SampleFile.of("acme/chas:3", "model.safetensors", 0, SIZE, S, 1),
      SampleFile.of("acme/chat:3", "model.safetensor", 0, SIZE, S, 1),
      SampleFile.of("acme/chat:3", "model.safetensors", 1, SIZE, S, 1)
    };
    for (SampleFile reader : readers) {
      assertEquals(
          ProblemCode.CIPHERTEXT_CORRUPT, refusal(reader, object), reader.context().toString());
    }
  }

  @Test
  void anotherSegmentSizeIsRefused() {
    SampleFile reader = SampleFile.of(SIZE, 2 * S);
    byte[] padded =
        Arrays.copyOf(object, Math.toIntExact(new SegmentLayout(SIZE, 2 * S).ciphertextSize()));
    assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(reader, padded));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 1, S})
  void shrunkOrGrownFileIsRefused(int difference) {
    SampleFile reader =
        SampleFile.of("acme/chat:3", "model.safetensors", 0, SIZE + difference, S, 1);
    byte[] padded =
        Arrays.copyOf(
            object, Math.toIntExact(new SegmentLayout(SIZE + difference, S).ciphertextSize()));
    assertEquals(ProblemCode.CIPHERTEXT_CORRUPT, refusal(reader, padded));
    assertEquals(ProblemCode.CIPHERTEXT_LENGTH_MISMATCH, refusal(reader, object));
  }

  @Test
  void failedSegmentLeavesNoPlaintext() {
    byte[] mutated = object.clone();
    mutated[object.length - 1] ^= 1;
    byte[] out = new byte[S];
    Arrays.fill(out, (byte) 7);
    try (VersionKey key = SampleFile.versionKey();
        FileOpener opener = key.opener(file.context(), file.commitment(), file.header(), S);
        SegmentDecrypter decrypter = opener.newDecrypter()) {
      SegmentLayout layout = opener.layout();
      int last = layout.segmentCount() - 1;
      int from = Math.toIntExact(layout.ciphertextOffset(last));
      int length = layout.ciphertextLength(last);
      assertThrows(Problem.class, () -> decrypter.decrypt(last, mutated, from, length, out, 8));
      assertArrayEquals(new byte[length - 16], Arrays.copyOfRange(out, 8, 8 + length - 16));
      assertEquals(7, out[7]);
      assertEquals(7, out[8 + length - 16]);
      // The same decrypter goes on to open what is whole.
      assertEquals(
          layout.plaintextLength(1),
          decrypter.decrypt(1, object, S, layout.ciphertextLength(1), out, 0));
    }
  }
}
