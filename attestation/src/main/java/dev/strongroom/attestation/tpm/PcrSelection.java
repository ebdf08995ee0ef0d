package dev.strongroom.attestation.tpm;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.bytes.ByteReader;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which PCRs are meant: TPML_PCR_SELECTION, Part 2 section 10.9.7.
 *
 * @param banks in the order in which they are digested, each once
 */
public record PcrSelection(List<Bank> banks) {
  /** Nothing. */
  public static final PcrSelection NONE = new PcrSelection(List.of());

  /** PCRs are 0 to this. */
  public static final int MAX_PCR = 31;

  private static final int MAX_BANKS = 8;

  public PcrSelection {
    banks = List.copyOf(banks);
    Set<HashAlgorithm> seen = new HashSet<>();
    for (Bank bank : banks) {
      if (!seen.add(bank.algorithm)) {
        throw new IllegalArgumentException("the bank " + bank.algorithm.bank() + " stands twice");
      }
    }
  }

  /**
   * PCRs of one bank.
   *
   * @param algorithm of the bank
   * @param pcrs 0 to {@link PcrSelection#MAX_PCR}
   */
  public record Bank(HashAlgorithm algorithm, SortedSet<Integer> pcrs) {

    public Bank {
      pcrs = Collections.unmodifiableSortedSet(new TreeSet<>(pcrs));
      if (!pcrs.isEmpty() && (pcrs.first() < 0 || pcrs.last() > MAX_PCR)) {
        throw new IllegalArgumentException("PCRs are 0 to " + MAX_PCR + ": " + pcrs);
      }
    }
  }

  /** PCRs of one bank. */
  public static PcrSelection of(HashAlgorithm bank, Integer... pcrs) {
    return new PcrSelection(List.of(new Bank(bank, new TreeSet<>(Arrays.asList(pcrs)))));
  }

  static PcrSelection read(ByteReader reader) {
    long count = reader.u32("count of PCR selections");
    if (count > MAX_BANKS) {
      throw malformed("selects PCRs of " + count + " banks");
    }
    List<Bank> banks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      HashAlgorithm algorithm =
          HashAlgorithm.of(reader.u16("hash"), "a PCR selection of the quote");
      if (banks.stream().anyMatch(bank -> bank.algorithm == algorithm)) {
        throw malformed("selects PCRs of the bank " + algorithm.bank() + " twice");
      }
      banks.add(new Bank(algorithm, pcrs(reader)));
    }
    return new PcrSelection(banks);
  }

  private static SortedSet<Integer> pcrs(ByteReader reader) {
    byte[] bits = reader.array(reader.u8("sizeofSelect"), "pcrSelect");
    if (bits.length * 8 > MAX_PCR + 1) {
      throw malformed("has a PCR selection of " + bits.length + " bytes");
    }
    SortedSet<Integer> pcrs = new TreeSet<>();
    for (int pcr = 0; pcr < bits.length * 8; pcr++) {
      if ((bits[pcr / 8] & (1 << (pcr % 8))) != 0) {
        pcrs.add(pcr);
      }
    }
    return pcrs;
  }

  /**
   * Requires all of those.
   *
   * @throws AttestationException {@link AttestationCode#PCR_MISSING}
   */
  void requireContains(PcrSelection required) {
    for (Bank wanted : required.banks) {
      SortedSet<Integer> missing = new TreeSet<>(wanted.pcrs);
      missing.removeAll(pcrs(wanted.algorithm));
      if (!missing.isEmpty()) {
        throw new AttestationException(
            AttestationCode.PCR_MISSING,
            "the quote leaves out PCRs "
                + missing
                + " of the bank "
                + wanted.algorithm.bank()
                + ", which are required here");
      }
    }
  }

  private SortedSet<Integer> pcrs(HashAlgorithm algorithm) {
    return banks.stream()
        .filter(bank -> bank.algorithm == algorithm)
        .findFirst()
        .map(Bank::pcrs)
        .orElse(Collections.emptySortedSet());
  }

  private static AttestationException malformed(String why) {
    return new AttestationException(AttestationCode.EVIDENCE_MALFORMED, "the quote " + why);
  }
}
