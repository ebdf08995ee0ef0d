package dev.strongroom.keyservice.config.check;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.keyservice.config.KeyServiceConfig;
import dev.strongroom.keyservice.config.KeyServiceConfig.LogConfig;
import dev.strongroom.keyservice.files.OwnerOnlyFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Checks the folders of the service and the keys in them; leaves nothing behind. */
public final class FolderCheck {
  /** What the names of files begin with that are made to try a disk, and removed at once. */
  public static final String PROBE = ".doctor-";

  private static final String DATA = "data folder";
  private static final String KEYS = "key file";
  private static final String LOG = "log";
  private static final long MEBIBYTE = 1L << 20;

  private final List<Finding> findings = new ArrayList<>();

  private FolderCheck() {}

  static List<Finding> check(KeyServiceConfig config) {
    FolderCheck check = new FolderCheck();
    check.data(config.dataDir());
    check.keys(config.dataDir());
    check.log(config.log().directory());
    return check.findings;
  }

  private void data(Path folder) {
    if (!Files.isDirectory(folder)) {
      findings.add(
          Finding.warning(
              DATA,
              "the data folder " + folder + " is not there",
              "nothing at a first start: it is made then, with mode 700. Otherwise restore it"));
      return;
    }
    if (!Files.isWritable(folder)) {
      findings.add(
          Finding.error(
              DATA,
              "the data folder " + folder + " is not writable",
              "give it to the user of the service"));
      return;
    }
    findings.add(
        allowed(folder, PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE)
            ? Finding.error(
                DATA, "others may write into the data folder " + folder, "chmod 700 " + folder)
            : allowed(folder, PosixFilePermission.GROUP_READ, PosixFilePermission.OTHERS_READ)
                ? Finding.warning(
                    DATA, "others may list the data folder " + folder, "chmod 700 " + folder)
                : Finding.ok(DATA, "the data folder " + folder + " is writable"));
  }

  private static boolean allowed(Path path, PosixFilePermission... any) {
    try {
      Set<PosixFilePermission> present = Files.getPosixFilePermissions(path);
      return Stream.of(any).anyMatch(present::contains);
    } catch (IOException | UnsupportedOperationException e) {
      return true;
    }
  }

  // Keys beside a store that is not empty are never made anew.
  private void keys(Path dataDir) {
    Path folder = dataDir.resolve("keys");
    if (!Files.isDirectory(folder)) {
      findings.add(
          OwnerOnlyFile.isPresent(dataDir.resolve("store.db"))
              ? Finding.error(
                  KEYS,
                  "the keys " + folder + " are missing beside a store",
                  "restore them from the backup; the service does not start without them")
              : Finding.ok(KEYS, "the service's own keys are made at the first start"));
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      files.sorted().forEach(this::key);
    } catch (IOException e) {
      findings.add(
          Finding.error(
              KEYS, "the keys " + folder + " cannot be listed", "give them to the service's user"));
    }
  }

  private void key(Path file) {
    try {
      OwnerOnlyFile.requireSecure(file);
      findings.add(
          Files.isReadable(file)
              ? Finding.ok(KEYS, file + " is its owner's alone")
              : Finding.error(
                  KEYS, file + " cannot be read", "give it to the user of the service"));
    } catch (Problem e) {
      findings.add(
          Finding.error(
              KEYS, e.getMessage() + " (" + e.code().wireName() + ")", "chmod 600 " + file));
    } catch (IOException e) {
      findings.add(
          Finding.error(KEYS, file + " cannot be looked at", "give it to the service's user"));
    }
  }

  private void log(Path folder) {
    if (!OwnerOnlyFile.isPresent(folder)) {
      findings.add(
          Finding.ok(LOG, "the folder of the log " + folder + " is made at the first start"));
      return;
    }
    try {
      writeDurably(folder);
      findings.add(Finding.ok(LOG, "the folder of the log " + folder + " takes durable writes"));
    } catch (IOException e) {
      findings.add(
          Finding.error(
              LOG,
              "the folder of the log " + folder + " takes no durable write: " + e.getMessage(),
              "give it to the user of the service, on a disk that is healthy; nothing is granted"
                  + " that cannot be recorded"));
    }
    space(folder);
  }

  private static void writeDurably(Path folder) throws IOException {
    Path probe = Files.createTempFile(folder, PROBE, "");
    try (FileChannel file = FileChannel.open(probe, StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.wrap(new byte[1]));
      file.force(true);
    } finally {
      Files.delete(probe);
    }
    try (FileChannel itself = FileChannel.open(folder, StandardOpenOption.READ)) {
      itself.force(true);
    }
  }

  private void space(Path folder) {
    try {
      long free = Files.getFileStore(folder).getUsableSpace();
      String what = free / MEBIBYTE + " MiB are free for the log";
      findings.add(
          free >= LogConfig.LEAST_FREE_BYTES
              ? Finding.ok(LOG, what)
              : Finding.error(
                  LOG,
                  what + ", and the service wants " + LogConfig.LEAST_FREE_BYTES / MEBIBYTE,
                  "make room: the service is not ready before"));
    } catch (IOException e) {
      findings.add(
          Finding.error(LOG, "the disk of " + folder + " cannot be asked", "look at its mount"));
    }
  }
}
