package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Real reports and certificates: see SOURCES.md beside them. */
final class Vectors {
  /** All leaves are valid then, the VLEK too. */
  static final Instant THEN = Instant.parse("2025-06-01T00:00:00Z");

  /** The VLEK expired on 2025-12-10. */
  static final Instant LATER = Instant.parse("2026-01-01T00:00:00Z");

  static final String MILAN_REPORT = "trustee/test-report.bin";
  static final String MILAN_VCEK = "trustee/test-vcek.der";
  static final String VLEK_REPORT = "trustee/test-vlek-report.bin";
  static final String VLEK = "trustee/test-vlek.der";
  static final String DEBUG_REPORT = "go-sev-guest/attestation-debug-policy.bin";
  static final String DEBUG_VCEK = "go-sev-guest/vcek.der";

  private Vectors() {}

  static byte[] bytes(String name) {
    try (InputStream in = Vectors.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("there is no vector " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Endorsements endorsements(String... names) {
    return Endorsements.parse(Arrays.stream(names).map(Vectors::bytes).toList());
  }

  static Verification against(Instant at, String... endorsements) {
    return against(null, at, endorsements);
  }

  static Verification against(@Nullable Bytes binding, Instant at, String... endorsements) {
    return new Verification(endorsements(endorsements), binding, at);
  }

  static Verification against(Endorsements endorsements) {
    return new Verification(endorsements, null, THEN);
  }

  static Endorsements table(byte[] table) {
    return Endorsements.parse(List.of(table));
  }
}
