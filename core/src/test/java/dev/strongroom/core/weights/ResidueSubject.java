package dev.strongroom.core.weights;

import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.secret.SecretBytes;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * The process whose memory {@link ResidueTest} searches. It gets the data key masked, so that the
 * key is in its memory only through the classes under test.
 */
final class ResidueSubject {
  private static final int S = 1 << 16;
  private static final int SEGMENTS = 50;

  private ResidueSubject() {}

  static KeyContext context() {
    return new KeyContext(
        ModelVersion.parse("acme/chat:3"), new WeightPath("residue.bin"), 0, 50L * S);
  }

  /** Reads mask and masked key (32 bytes each), works, waits, closes, waits again. */
  public static void main(String[] args) throws IOException {
    if (args.length > 0 && args[0].equals("fast")) {
      say(CryptoProviders.install().aesGcm());
    }
    VersionKey key = receiveKey(System.in);
    byte[] object = new byte[(SEGMENTS + 2) * S];
    FileSealer sealer = key.sealer(context(), SampleFile.header(9), S);
    SegmentEncrypter encrypter = sealer.newEncrypter();
    for (int i = 0; i < SEGMENTS; i++) {
      int length = sealer.layout().plaintextLength(i);
      encrypter.encrypt(i, new byte[length], 0, length, object, i * S);
    }
    FileOpener opener = key.opener(context(), key.commitment(context()), SampleFile.header(9), S);
    SegmentDecrypter decrypter = opener.newDecrypter();
    for (int i = 0; i < SEGMENTS; i++) {
      int length = opener.layout().ciphertextLength(i);
      decrypter.decrypt(i, object, i * S, length, new byte[S], 0);
    }
    pause("open");
    encrypter.close();
    decrypter.close();
    sealer.close();
    opener.close();
    key.close();
    pause("closed");
    System.gc();
    System.gc();
    pause("collected");
  }

  private static VersionKey receiveKey(InputStream in) throws IOException {
    byte[] mask = in.readNBytes(32);
    byte[] masked = in.readNBytes(32);
    byte[] key = new byte[32];
    for (int i = 0; i < key.length; i++) {
      key[i] = (byte) (mask[i] ^ masked[i]);
    }
    try (SecretBytes secret = SecretBytes.takeOver(key)) {
      return VersionKey.of(secret);
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  private static void pause(String state) throws IOException {
    say(state);
    if (System.in.read() < 0) {
      throw new IOException("the parent is gone");
    }
  }

  private static void say(String line) {
    System.out.println(line);
    System.out.flush();
  }
}
