package dev.strongroom.core.weights;

import dev.strongroom.core.encoding.CanonicalEncoding;
import dev.strongroom.core.id.ModelVersion;
import dev.strongroom.core.path.WeightPath;
import dev.strongroom.core.secret.SecretBytes;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Random;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;

/** A file of a version under a fixed data key, encrypted and decrypted whole, for tests. */
record SampleFile(KeyContext context, StreamHeader header, int segmentSize) {

  static SampleFile of(long size, int segmentSize) {
    return of("acme/chat:3", "model.safetensors", 0, size, segmentSize, 1);
  }

  static SampleFile of(
      String version, String path, int index, long size, int segmentSize, int headerSeed) {
    KeyContext context =
        new KeyContext(ModelVersion.parse(version), new WeightPath(path), index, size);
    return new SampleFile(context, header(headerSeed), segmentSize);
  }

  static StreamHeader header(int seed) {
    byte[] bytes = new byte[StreamHeader.BYTES];
    new Random(seed).nextBytes(bytes);
    bytes[0] = StreamHeader.BYTES;
    return StreamHeader.parse(bytes);
  }

  static byte[] plaintext(int size, int seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static byte[] dataKeyBytes() {
    byte[] bytes = new byte[VersionKey.BYTES];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (0xA0 + i);
    }
    return bytes;
  }

  /** The keying material of the streams, computed with the runtime's own HKDF. */
  static byte[] streamKey() throws GeneralSecurityException {
    return KDF.getInstance("HKDF-SHA256")
        .deriveData(
            HKDFParameterSpec.ofExtract()
                .addIKM(dataKeyBytes())
                .thenExpand(CanonicalEncoding.of("strongroom/v1/stream").bytes(), 32));
  }

  static VersionKey versionKey() {
    try (SecretBytes key = SecretBytes.takeOver(dataKeyBytes())) {
      return VersionKey.of(key);
    }
  }

  FileCommitment commitment() {
    try (VersionKey key = versionKey()) {
      return key.commitment(context);
    }
  }

  /** The whole object; the last segment is encrypted first, to show that order does not matter. */
  byte[] encrypt(byte[] plaintext) {
    try (VersionKey key = versionKey();
        FileSealer sealer = key.sealer(context, header, segmentSize);
        SegmentEncrypter encrypter = sealer.newEncrypter()) {
      SegmentLayout layout = sealer.layout();
      byte[] object = new byte[Math.toIntExact(layout.ciphertextSize())];
      System.arraycopy(header.bytes(), 0, object, 0, StreamHeader.BYTES);
      for (int i = layout.segmentCount() - 1; i >= 0; i--) {
        encrypter.encrypt(
            i,
            plaintext,
            Math.toIntExact(layout.plaintextOffset(i)),
            layout.plaintextLength(i),
            object,
            Math.toIntExact(layout.ciphertextOffset(i)));
      }
      return object;
    }
  }

  /** Opens a whole object as a reader does: header, tail first, then every segment. */
  byte[] decrypt(byte[] object) {
    StreamHeader read =
        StreamHeader.parse(Arrays.copyOf(object, Math.min(object.length, StreamHeader.BYTES)));
    try (VersionKey key = versionKey();
        FileOpener opener = key.opener(context, commitment(), read, segmentSize);
        SegmentDecrypter decrypter = opener.newDecrypter()) {
      SegmentLayout layout = opener.layout();
      byte[] plaintext = new byte[Math.toIntExact(layout.plaintextSize())];
      for (int i = layout.segmentCount() - 1; i >= 0; i--) {
        int begin = Math.toIntExact(layout.ciphertextOffset(i));
        int end =
            layout.isLast(i)
                ? object.length
                : Math.min(object.length, begin + layout.ciphertextLength(i));
        decrypter.decrypt(
            i,
            object,
            Math.min(begin, object.length),
            Math.max(0, end - begin),
            plaintext,
            Math.toIntExact(layout.plaintextOffset(i)));
      }
      return plaintext;
    }
  }
}
