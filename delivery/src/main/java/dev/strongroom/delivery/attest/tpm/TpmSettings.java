package dev.strongroom.delivery.attest.tpm;

import dev.strongroom.core.problem.Require;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How a TPM is asked: the member {@code tpm} of an agent's configuration.
 *
 * @param ak the attestation key: a persistent handle, or a file with its context; null for {@value
 *     #AK}
 * @param pcrs which the quote covers, as tpm2-tools write it; null for {@value #PCRS}
 * @param tcti the way to the TPM, as tpm2-tools write it; null for {@value #TCTI}
 * @param eventLog the firmware's log; {@value #NO_LOG} for none; null for the kernel's where it can
 *     be read
 */
public record TpmSettings(
    @Nullable String ak, @Nullable String pcrs, @Nullable String tcti, @Nullable String eventLog) {
  /** Where {@code strongroom attest enrol} keeps the key. */
  public static final String AK = "0x81010002";

  /** Firmware, its configuration, boot loader, secure boot: what a service asks for by default. */
  public static final String PCRS = "sha256:0,1,2,3,4,5,6,7";

  /** The kernel's own resource manager: others may use the TPM at the same time. */
  public static final String TCTI = "device:/dev/tpmrm0";

  /** No event log goes along. */
  public static final String NO_LOG = "none";

  /** All defaults. */
  public static final TpmSettings DEFAULT = new TpmSettings(null, null, null, null);

  // The banks that a verifier takes (docs/spec/evidence.md).
  private static final String BANK = "sha(256|384):(0|[1-9][0-9]?)(,(0|[1-9][0-9]?))*";
  private static final Pattern SELECTION = Pattern.compile(BANK + "(\\+" + BANK + ")?");
  private static final Pattern WORD = Pattern.compile("[^-\\s\\p{Cntrl}]\\P{Cntrl}*");

  /**
   * @throws dev.strongroom.core.problem.Problem when a member is none of these forms
   */
  public TpmSettings {
    Require.that(
        ak == null || WORD.matcher(ak).matches(), "tpm.ak is a handle as " + AK + ", or a file");
    Require.that(
        pcrs == null || SELECTION.matcher(pcrs).matches(),
        "tpm.pcrs are PCRs of the banks sha256 and sha384, as sha256:0,7+sha384:0,7");
    Require.that(tcti == null || WORD.matcher(tcti).matches(), "tpm.tcti is a TCTI, as " + TCTI);
    Require.that(
        eventLog == null || WORD.matcher(eventLog).matches(),
        "tpm.eventLog is a file, or " + NO_LOG);
  }

  String akOrDefault() {
    return ak == null ? AK : ak;
  }

  String pcrsOrDefault() {
    return pcrs == null ? PCRS : pcrs;
  }

  String tctiOrDefault() {
    return tcti == null ? TCTI : tcti;
  }
}
