package dev.strongroom.attestation.nvidia;

import dev.strongroom.attestation.Endorsements;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/** Real reports, chains and reference measurements. */
final class Vectors {
  private Vectors() {}

  static byte[] file(String name) {
    try (InputStream in = Vectors.class.getResourceAsStream(name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  static String text(String name) {
    return new String(file(name), StandardCharsets.US_ASCII);
  }

  /** Of a report in hexadecimal. */
  static byte[] report(String device) {
    return HexFormat.of().parseHex(text(device + "AttestationReport.txt").strip());
  }

  static Endorsements endorsements(String... files) {
    List<byte[]> contents = Arrays.stream(files).map(Vectors::file).toList();
    return Endorsements.parse(contents);
  }
}
