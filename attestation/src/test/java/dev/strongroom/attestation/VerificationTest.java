package dev.strongroom.attestation;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Instant;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class VerificationTest {
  private static Verification binding(@Nullable String hex) {
    return new Verification(
        Endorsements.NONE, hex == null ? null : Bytes.ofHex(hex), Instant.EPOCH);
  }

  @Test
  void shorterBindingsAreFilledWithZeros() {
    binding("0102").requireBinding(Bytes.ofHex("01020000"), "report data");
    binding(null).requireBinding(Bytes.ofHex("ff"), "report data");
    for (String found : new String[] {"01020001", "01", "", "0002"}) {
      assertRefused(
          AttestationCode.BINDING_MISMATCH,
          "report data",
          () -> binding("0102").requireBinding(Bytes.ofHex(found), "report data"));
    }
  }

  @Test
  void wholeBindingsAreNotFilled() {
    binding("0102").requireWholeBinding(Bytes.ofHex("0102"), "nonce");
    binding(null).requireWholeBinding(null, "nonce");
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        () -> binding("0102").requireWholeBinding(Bytes.ofHex("010200"), "nonce"));
    assertRefused(
        AttestationCode.BINDING_MISMATCH,
        "has no nonce",
        () -> binding("0102").requireWholeBinding(null, "nonce"));
  }

  @Test
  void nothingBindsNothing() {
    assertThrows(IllegalArgumentException.class, () -> binding(""));
  }
}
