package dev.strongroom.delivery.attest.tpm;

import dev.strongroom.core.id.Blob;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Evidence of a TPM as it travels ({@code docs/spec/evidence.md}, section TPM).
 *
 * @param akPublic TPM2B_PUBLIC of the attestation key
 * @param format {@value #FORMAT}
 */
record TpmQuote(Blob akPublic, String format, Quote quote) {
  static final String FORMAT = "strongroom-tpm-evidence/v1";

  /**
   * What the TPM signed.
   *
   * @param eventLog null for none, which is not written
   * @param message TPMS_ATTEST
   * @param pcrs the quoted values, by bank and index
   * @param signature TPMT_SIGNATURE
   */
  record Quote(
      @Nullable Blob eventLog,
      Blob message,
      Map<String, Map<String, String>> pcrs,
      Blob signature) {}

  /**
   * The values that {@code tpm2_quote} writes one behind the other: bank by bank as selected, each
   * in the order of the indexes.
   *
   * @param selection as the tools write it, for example {@code sha256:0,7+sha384:0}
   */
  static Map<String, Map<String, String>> pcrs(String selection, byte[] values) {
    Map<String, Map<String, String>> banks = new LinkedHashMap<>();
    int at = 0;
    for (String bank : selection.split("\\+", -1)) {
      String name = bank.substring(0, bank.indexOf(':'));
      int size = name.equals("sha384") ? 48 : 32;
      Map<Integer, String> byIndex = new TreeMap<>();
      for (int pcr :
          Arrays.stream(bank.substring(name.length() + 1).split(",", -1))
              .mapToInt(Integer::parseInt)
              .distinct()
              .sorted()
              .toArray()) {
        if (at + size > values.length) {
          throw TpmTools.unavailable("it does not have every PCR of " + selection, null);
        }
        byIndex.put(pcr, HexFormat.of().formatHex(values, at, at + size));
        at += size;
      }
      Map<String, String> named = new LinkedHashMap<>();
      byIndex.forEach((pcr, value) -> named.put(pcr.toString(), value));
      banks.put(name, named);
    }
    if (at != values.length) {
      throw TpmTools.unavailable("it gives other PCRs than " + selection, null);
    }
    return banks;
  }
}
