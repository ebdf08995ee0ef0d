package dev.strongroom.auditlog;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Set;

/**
 * A private key in a file: the verifier key on the first line, then the PKCS#8 key in PEM. The
 * first line is text before the PEM boundary, which other tools skip (RFC 7468, section 2).
 */
final class KeyFile {
  private static final int MAX_BYTES = 65_536;
  private static final String BEGIN = "-----BEGIN PRIVATE KEY-----\n";
  private static final String END = "\n-----END PRIVATE KEY-----\n";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);

  private static final String UNFINISHED = "unfinished";
  private static final SecureRandom RANDOM = new SecureRandom();

  private KeyFile() {}

  static void generate(Path file, String name, SignatureType type) {
    try {
      KeyPair pair = generator(type).generateKeyPair();
      VerifierKey key = VerifierKey.of(name, type, pair.getPublic());
      write(file, key, pair.getPrivate().getEncoded());
    } catch (GeneralSecurityException absent) {
      throw new AuditLogException(
          LogCode.KEY_UNSUITABLE, "this JDK cannot make " + type.algorithm() + " keys", absent);
    }
  }

  /**
   * The JDK's own generator makes ML-DSA keys: its expanded form is read by every provider, while
   * the JDK does not read the seed form that others write (RFC 9881 allows both).
   */
  private static KeyPairGenerator generator(SignatureType type) throws GeneralSecurityException {
    return switch (type) {
      case ED25519 -> KeyPairGenerator.getInstance(type.algorithm());
      case ML_DSA_44 -> KeyPairGenerator.getInstance(type.algorithm(), "SUN");
    };
  }

  private static void write(Path file, VerifierKey key, byte[] pkcs8) {
    byte[] body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encode(pkcs8);
    byte[] head = (key + "\n" + BEGIN).getBytes(StandardCharsets.US_ASCII);
    byte[] tail = END.getBytes(StandardCharsets.US_ASCII);
    ByteBuffer whole = ByteBuffer.allocate(head.length + body.length + tail.length);
    whole.put(head).put(body).put(tail).flip();
    try {
      writeWhole(file, whole);
    } catch (FileAlreadyExistsException exists) {
      throw new AuditLogException(
          LogCode.KEY_FILE_EXISTS,
          "the key file " + file + " exists and is not overwritten; choose another path",
          exists);
    } catch (IOException failed) {
      throw new AuditLogException(
          LogCode.LOG_IO_FAILED, "the key file " + file + " cannot be written", failed);
    } finally {
      Arrays.fill(pkcs8, (byte) 0);
      Arrays.fill(body, (byte) 0);
      Arrays.fill(whole.array(), (byte) 0);
    }
  }

  // A crash in between must not leave half a key under the name: it would be refused for ever. A
  // link is made, because renaming would overwrite a file of this name.
  private static void writeWhole(Path file, ByteBuffer whole) throws IOException {
    removeUnfinished(file);
    Path beside = unfinished(file);
    try {
      writeSynced(beside, whole);
      link(file, beside);
      Files.delete(beside);
    } catch (IOException | RuntimeException failed) {
      try {
        Files.deleteIfExists(beside);
      } catch (IOException alsoFailed) {
        failed.addSuppressed(alsoFailed);
      }
      throw failed;
    }
    LogFiles.syncFolder(folderOf(file));
  }

  private static void writeSynced(Path file, ByteBuffer whole) throws IOException {
    Set<StandardOpenOption> options =
        EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
    try (FileChannel channel =
        FileChannel.open(file, options, PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      while (whole.hasRemaining()) {
        channel.write(whole);
      }
      channel.force(true);
    }
  }

  private static void link(Path file, Path beside) throws IOException {
    try {
      Files.createLink(file, beside);
    } catch (FileAlreadyExistsException exists) {
      throw exists;
    } catch (FileSystemException | UnsupportedOperationException refused) {
      throw new AuditLogException(
          LogCode.LOG_IO_FAILED,
          "the key file "
              + file
              + " cannot be given its name: keys want a folder on a file system with hard links,"
              + " such as ext4, XFS or tmpfs",
          refused);
    }
  }

  /** Where a key is written before it gets its name: another place each time. */
  static Path unfinished(Path file) {
    String any = HexFormat.of().toHexDigits(RANDOM.nextLong());
    return file.resolveSibling(unfinishedPrefix(file) + any + "." + UNFINISHED);
  }

  private static String unfinishedPrefix(Path file) {
    return "." + file.getFileName() + ".";
  }

  /** Removes what a crash left beside a key: half of one, or a second name of the whole. */
  private static void removeUnfinished(Path file) throws IOException {
    boolean removed = false;
    for (Path each : LogFiles.list(folderOf(file))) {
      String name = String.valueOf(each.getFileName());
      if (name.startsWith(unfinishedPrefix(file)) && name.endsWith(UNFINISHED)) {
        Files.deleteIfExists(each);
        removed = true;
      }
    }
    if (removed) {
      LogFiles.syncFolder(folderOf(file));
    }
  }

  private static Path folderOf(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return folder == null ? file.toAbsolutePath() : folder;
  }

  static CheckpointSigner load(Path file) {
    byte[] content = read(file);
    try {
      return decode(file, content);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private static byte[] read(Path file) {
    try {
      removeUnfinished(file);
      requireOwnerOnly(file);
      if (Files.size(file) > MAX_BYTES) {
        throw malformed(file, "it is too large");
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException missing) {
      throw new AuditLogException(
          LogCode.KEY_FILE_MISSING,
          "the key file " + file + " does not exist; restore it, it is never made anew",
          missing);
    } catch (IOException failed) {
      throw new AuditLogException(
          LogCode.LOG_IO_FAILED, "the key file " + file + " cannot be read", failed);
    }
  }

  private static void requireOwnerOnly(Path file) throws IOException {
    PosixFileAttributes attributes =
        Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (!attributes.isRegularFile() || !OWNER_ONLY.containsAll(attributes.permissions())) {
      throw new AuditLogException(
          LogCode.KEY_FILE_INSECURE,
          "the key file "
              + file
              + " must be a regular file that its owner alone may read: chmod 600 it, and make new"
              + " keys if others could read it");
    }
  }

  private static CheckpointSigner decode(Path file, byte[] content) {
    byte[] begin = ("\n" + BEGIN).getBytes(StandardCharsets.US_ASCII);
    byte[] end = END.getBytes(StandardCharsets.US_ASCII);
    int beginAt = indexOf(content, begin);
    int endAt = content.length - end.length;
    if (beginAt < 0
        || endAt < beginAt + begin.length
        || !Arrays.equals(content, endAt, content.length, end, 0, end.length)) {
      throw malformed(file, "it is not a verifier key line followed by a PEM private key");
    }
    VerifierKey key = VerifierKey.parse(new String(content, 0, beginAt, StandardCharsets.US_ASCII));
    byte[] pem = Arrays.copyOfRange(content, beginAt + begin.length, endAt);
    try {
      byte[] pkcs8 = Base64.getMimeDecoder().decode(pem);
      try {
        return checked(file, key, privateKey(key.type(), pkcs8));
      } finally {
        Arrays.fill(pkcs8, (byte) 0);
      }
    } catch (IllegalArgumentException | GeneralSecurityException unreadable) {
      throw malformed(file, "the private key cannot be read as " + key.type().algorithm());
    } finally {
      Arrays.fill(pem, (byte) 0);
    }
  }

  private static PrivateKey privateKey(SignatureType type, byte[] pkcs8)
      throws GeneralSecurityException {
    return KeyFactory.getInstance(type.algorithm()).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
  }

  /** Proves by a signature that the private key and the verifier key belong together. */
  private static CheckpointSigner checked(Path file, VerifierKey key, PrivateKey privateKey)
      throws GeneralSecurityException {
    CheckpointSigner signer = new JcaSigner(key, privateKey);
    byte[] probe = "strongroom log key check\n".getBytes(StandardCharsets.US_ASCII);
    if (!key.verifies(probe, signer.sign(probe))) {
      throw malformed(file, "the private key does not belong to the verifier key above it");
    }
    return signer;
  }

  private static int indexOf(byte[] content, byte[] sought) {
    for (int i = 0; i + sought.length <= content.length; i++) {
      if (Arrays.equals(content, i, i + sought.length, sought, 0, sought.length)) {
        return i;
      }
    }
    return -1;
  }

  private static AuditLogException malformed(Path file, String why) {
    return new AuditLogException(
        LogCode.KEY_FILE_MALFORMED, "the key file " + file + ": " + why + "; restore it");
  }

  private record JcaSigner(VerifierKey verifierKey, PrivateKey key) implements CheckpointSigner {
    @Override
    public byte[] sign(byte[] message) throws GeneralSecurityException {
      Signature signature = Signature.getInstance(verifierKey.type().signatureAlgorithm());
      signature.initSign(key);
      signature.update(message);
      return signature.sign();
    }

    @Override
    public String toString() {
      return "signer of " + verifierKey;
    }
  }
}
