package dev.strongroom.attestation.tpm;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.json.Json;
import java.util.Arrays;
import java.util.Base64;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A quote and what is needed to understand it: the member {@code quote} of evidence documents
 * ({@code docs/spec/evidence.md}).
 *
 * @param message TPMS_ATTEST, which is signed
 * @param signature TPMT_SIGNATURE over it
 * @param pcrs the values that were quoted
 * @param eventLog TCG PC Client, crypto agile; null without
 */
public record QuoteEvidence(
    Bytes message, Bytes signature, PcrValues pcrs, @Nullable Bytes eventLog) {

  /** Reads the object. The caller compares the encoding of the whole. */
  public static QuoteEvidence read(ObjectNode document, Json json) {
    ObjectNode quote = json.object(document, "quote");
    return new QuoteEvidence(
        bytes(quote, "message", json),
        bytes(quote, "signature", json),
        pcrs(json.object(quote, "pcrs"), json),
        quote.has("eventLog") ? bytes(quote, "eventLog", json) : null);
  }

  private static PcrValues pcrs(ObjectNode object, Json json) {
    SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> banks = new TreeMap<>();
    for (String name : names(object)) {
      HashAlgorithm algorithm =
          HashAlgorithm.ofBank(name)
              .orElseThrow(() ->
                  new AttestationException(
                      AttestationCode.ALGORITHM_UNKNOWN,
                      "the evidence has PCRs of the bank '" + Json.shown(name) + "'"));
      banks.put(algorithm, bank(json.object(object, name), json));
    }
    try {
      return new PcrValues(banks);
    } catch (IllegalArgumentException e) {
      throw json.refused("has a PCR that cannot be: " + e.getMessage(), e);
    }
  }

  private static SortedMap<Integer, Bytes> bank(ObjectNode object, Json json) {
    SortedMap<Integer, Bytes> values = new TreeMap<>();
    for (String name : names(object)) {
      try {
        values.put(Integer.parseInt(name), Bytes.of(json.hex(object, name)));
      } catch (NumberFormatException e) {
        throw json.refused("has a PCR '" + Json.shown(name) + "'", e);
      }
    }
    return values;
  }

  private static Iterable<String> names(ObjectNode object) {
    return object::fieldNames;
  }

  /** A member of base64url without padding. */
  public static Bytes bytes(ObjectNode object, String name, Json json) {
    try {
      return Bytes.of(Base64.getUrlDecoder().decode(json.text(object, name)));
    } catch (IllegalArgumentException e) {
      throw json.refused("has no base64url in '" + name + "'", e);
    }
  }

  /** Base64url without padding. */
  public static String text(Bytes bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes.array());
  }

  /** The object in its one encoding (RFC 8785). */
  public String encode() {
    String log = eventLog == null ? "" : "\"eventLog\":\"" + text(eventLog) + "\",";
    String banks =
        pcrs.banks().entrySet().stream()
            .map(bank -> "\"" + bank.getKey().bank() + "\":" + encode(bank.getValue()))
            .sorted()
            .collect(Collectors.joining(",", "{", "}"));
    return "{%s\"message\":\"%s\",\"pcrs\":%s,\"signature\":\"%s\"}"
        .formatted(log, text(message), banks, text(signature));
  }

  private static String encode(SortedMap<Integer, Bytes> values) {
    SortedMap<String, String> members = new TreeMap<>();
    values.forEach((pcr, value) -> members.put(Integer.toString(pcr), value.hex()));
    return members.entrySet().stream()
        .map(member -> "\"" + member.getKey() + "\":\"" + member.getValue() + "\"")
        .collect(Collectors.joining(",", "{", "}"));
  }

  /**
   * Requires that a document is in its one encoding: so there is nothing in it that was not read.
   *
   * @throws AttestationException as that reader refuses
   */
  public static void requireCanonical(byte[] document, byte[] encoding, Json json) {
    if (!Arrays.equals(document, encoding)) {
      throw json.refused(
          "is not in its canonical form: members other than the known, in another order, in another"
              + " encoding, or space between them",
          null);
    }
  }
}
