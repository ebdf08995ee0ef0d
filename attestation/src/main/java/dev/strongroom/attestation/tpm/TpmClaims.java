package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.Claims;
import dev.strongroom.attestation.EvidenceType;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a TPM says.
 *
 * @param ak the name of the key that signed
 * @param trust why it is believed
 * @param quote that it signed
 */
public record TpmClaims(TpmName ak, KeyTrust trust, VerifiedQuote quote) implements Claims {

  @Override
  public EvidenceType type() {
    return EvidenceType.TPM;
  }

  @Override
  public Map<String, Object> values() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("ak_name", ak.value().hex());
    values.put("ak_trust", trust.wireName());
    values.put("device", trust.device().hex());
    values.putAll(quote.values());
    return values;
  }
}
