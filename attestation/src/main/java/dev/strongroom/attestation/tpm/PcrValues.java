package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Values of PCRs.
 *
 * @param banks by algorithm and index; each value is of its algorithm's size
 */
public record PcrValues(SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> banks) {

  /** A copy. */
  public PcrValues {
    SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> copy = new TreeMap<>();
    banks.forEach((algorithm, values) -> {
      values.forEach((pcr, value) -> requireFit(algorithm, pcr, value));
      copy.put(algorithm, Collections.unmodifiableSortedMap(new TreeMap<>(values)));
    });
    banks = Collections.unmodifiableSortedMap(copy);
  }

  private static void requireFit(HashAlgorithm algorithm, int pcr, Bytes value) {
    if (pcr < 0 || pcr > PcrSelection.MAX_PCR || value.size() != algorithm.size()) {
      throw new IllegalArgumentException(
          "PCR " + pcr + " of the bank " + algorithm.bank() + " has " + value.size() + " bytes");
    }
  }

  /** That value, when it is here. */
  public @Nullable Bytes value(HashAlgorithm bank, int pcr) {
    return banks.getOrDefault(bank, Collections.emptySortedMap()).get(pcr);
  }

  /**
   * Requires that these are what was quoted: exactly the selected ones, giving that digest in the
   * order of the selection (Part 3, TPM2_Quote). A value that was not quoted would be believed by
   * nobody's signature, so it may not be here.
   *
   * @param hash of the signing scheme
   * @throws AttestationException {@link AttestationCode#PCR_MISMATCH}
   */
  void requireQuoted(PcrSelection selection, HashAlgorithm hash, Bytes quoted) {
    MessageDigest digest = hash.start();
    int selected = 0;
    for (PcrSelection.Bank bank : selection.banks()) {
      for (int pcr : bank.pcrs()) {
        Bytes value = value(bank.algorithm(), pcr);
        if (value == null) {
          throw mismatch(
              "PCR "
                  + pcr
                  + " of the bank "
                  + bank.algorithm().bank()
                  + " is quoted, but not given");
        }
        digest.update(value.array());
        selected++;
      }
    }
    if (banks.values().stream().mapToInt(Map::size).sum() != selected) {
      throw mismatch("values of PCRs are given that were not quoted");
    }
    if (!Bytes.of(digest.digest()).equals(quoted)) {
      throw mismatch("the values of PCRs do not give the digest that was quoted");
    }
  }

  private static AttestationException mismatch(String message) {
    return new AttestationException(AttestationCode.PCR_MISMATCH, message);
  }

  /** For claims: bank, index, value. */
  Map<String, Object> claims() {
    Map<String, Object> claims = new LinkedHashMap<>();
    banks.forEach((algorithm, values) -> {
      Map<String, Object> bank = new LinkedHashMap<>();
      values.forEach((pcr, value) -> bank.put(Integer.toString(pcr), value.hex()));
      claims.put(algorithm.bank(), bank);
    });
    return claims;
  }
}
