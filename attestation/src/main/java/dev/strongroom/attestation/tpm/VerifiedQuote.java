package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.tpm.eventlog.BootClaims;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A quote that holds.
 *
 * @param quote as it was signed
 * @param pcrs whose digest was signed
 * @param boot what the event log says that gives these PCRs; null without a log
 */
public record VerifiedQuote(Quote quote, PcrValues pcrs, @Nullable BootClaims boot) {

  /** For policies; see {@link dev.strongroom.attestation.Claims#values}. */
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("qualified_signer", quote.qualifiedSigner().hex());
    values.put("extra_data", quote.extraData().hex());
    values.put("clock", quote.clock());
    values.put("reset_count", quote.resetCount());
    values.put("restart_count", quote.restartCount());
    values.put("clock_safe", quote.safe());
    values.put("firmware_version", Long.toUnsignedString(quote.firmwareVersion(), 16));
    values.put("pcrs", pcrs.claims());
    values.put("event_log", boot != null);
    if (boot != null) {
      values.put("boot", boot.values());
    }
    return values;
  }
}
