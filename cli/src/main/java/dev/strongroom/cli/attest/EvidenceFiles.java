package dev.strongroom.cli.attest;

import dev.strongroom.attestation.Endorsements;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Files of evidence and endorsements, as people have them. */
public final class EvidenceFiles {
  private static final long MAX_BYTES = 4 << 20;
  private static final Pattern HEX = Pattern.compile("(?:[0-9a-fA-F]{2})+");
  private static final Pattern BASE64 = Pattern.compile("[A-Za-z0-9+/_-]+={0,2}");

  private EvidenceFiles() {}

  /**
   * Reads evidence that is raw, hexadecimal or base64 (either alphabet). What could be both of the
   * latter is hexadecimal.
   *
   * @throws Problem {@link ProblemCode#INVALID_PATH} when the file cannot be read or is larger than
   *     4 MiB
   */
  public static byte[] evidence(Path file) {
    byte[] raw = read(file);
    String text = new String(raw, StandardCharsets.ISO_8859_1).replaceAll("\\s", "");
    if (HEX.matcher(text).matches()) {
      return HexFormat.of().parseHex(text);
    }
    if (BASE64.matcher(text).matches()) {
      try {
        return Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/'));
      } catch (IllegalArgumentException e) {
        return raw;
      }
    }
    return raw;
  }

  /**
   * Reads certificates, revocation lists and collateral of all these files, and of all files in
   * these folders, but not below.
   *
   * @throws Problem as {@link #evidence}
   * @throws dev.strongroom.attestation.AttestationException when one is none of these
   */
  public static Endorsements endorsements(List<Path> filesAndFolders) {
    List<byte[]> files = new ArrayList<>();
    for (Path each : filesAndFolders) {
      if (Files.isDirectory(each)) {
        try (Stream<Path> inside = Files.list(each)) {
          inside.filter(Files::isRegularFile).sorted().map(EvidenceFiles::read).forEach(files::add);
        } catch (IOException e) {
          throw unreadable(each, e);
        }
      } else {
        files.add(read(each));
      }
    }
    return Endorsements.parse(files);
  }

  private static byte[] read(Path file) {
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new Problem(
            ProblemCode.INVALID_PATH, file + " has more than " + MAX_BYTES + " bytes");
      }
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static Problem unreadable(Path file, IOException e) {
    return new Problem(
        ProblemCode.INVALID_PATH, file + " cannot be read: " + e.getClass().getSimpleName(), e);
  }
}
