package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.nio.file.Path;
import java.util.Arrays;

/** Where the PIN of a token comes from. It is never in a configuration or on a command line. */
sealed interface TokenPin extends AutoCloseable {
  /** More than any token takes. */
  int MAX_BYTES = 255;

  /**
   * The PIN; the caller closes it.
   *
   * @throws Problem as {@link OwnerOnlyFile#read}; {@link ProblemCode#CONFIGURATION_INVALID} when
   *     it is empty
   */
  SecretBytes read();

  @Override
  void close();

  /** A file, read again at each login, so that a changed PIN needs no restart. */
  record File(Path path) implements TokenPin {
    @Override
    public SecretBytes read() {
      return withoutNewline(OwnerOnlyFile.read(path, MAX_BYTES + 2), path.toString());
    }

    @Override
    public void close() {
      // Nothing is kept.
    }
  }

  /** A descriptor that this process inherited, read to its end once and kept off the heap. */
  record Descriptor(SecretBytes pin) implements TokenPin {
    static Descriptor inherited(int number) {
      return new Descriptor(
          withoutNewline(
              InheritedDescriptor.readAndClose(number, MAX_BYTES + 2), "descriptor " + number));
    }

    @Override
    public SecretBytes read() {
      return pin.copy();
    }

    @Override
    public void close() {
      pin.close();
    }
  }

  private static SecretBytes withoutNewline(byte[] bytes, String source) {
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\n') {
      length--;
    }
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    byte[] pin = Arrays.copyOf(bytes, length);
    Arrays.fill(bytes, (byte) 0);
    if (length == 0 || length > MAX_BYTES) {
      Arrays.fill(pin, (byte) 0);
      throw new Problem(
          ProblemCode.CONFIGURATION_INVALID,
          "the PIN in "
              + source
              + " is empty or too long: write the PIN of the token there, alone");
    }
    return SecretBytes.takeOver(pin);
  }
}
