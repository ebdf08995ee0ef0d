package dev.strongroom.attestation.nvidia;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reports of one or several devices: the JSON list of NVIDIA's attestation SDK (objects with
 * {@code arch}, {@code nonce}, {@code evidence} and {@code certificate}), or one report as it is,
 * whose certificates come as endorsements.
 */
record NvidiaEvidence(List<Item> items) {
  private static final int MAX_DEVICES = 32;
  private static final int MAX_SIZE = 2 << 20;
  private static final int SPDM_1_1 = 0x11;
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  /**
   * One device.
   *
   * @param architecture as the list names it; null for a report as it is
   * @param nonce as the list names it, in hexadecimal; null likewise
   * @param chain that came in the list; empty likewise
   */
  record Item(
      @Nullable String architecture,
      @Nullable String nonce,
      Bytes report,
      List<X509Certificate> chain) {}

  static NvidiaEvidence parse(byte[] evidence) {
    if (evidence.length > 0 && evidence[0] == SPDM_1_1 && evidence.length <= MAX_SIZE) {
      return new NvidiaEvidence(List.of(new Item(null, null, Bytes.of(evidence), List.of())));
    }
    if (evidence.length > MAX_SIZE) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_OVERSIZED, "a list of reports has more than 2 MiB");
    }
    try (JsonParser json = JSON.createParser(evidence)) {
      List<Item> items = list(json);
      if (json.nextToken() != null) {
        throw new AttestationException(
            AttestationCode.EVIDENCE_TRAILING_BYTES, "something follows the list of reports");
      }
      return new NvidiaEvidence(items);
    } catch (IOException e) {
      throw new AttestationException(
          AttestationCode.EVIDENCE_MALFORMED,
          "the evidence is neither an SPDM report nor a JSON list of them",
          e);
    }
  }

  private static List<Item> list(JsonParser json) throws IOException {
    if (json.nextToken() != JsonToken.START_ARRAY) {
      throw malformed("is neither an SPDM report nor a JSON list of them");
    }
    List<Item> items = new ArrayList<>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (items.size() == MAX_DEVICES) {
        throw malformed("has more than " + MAX_DEVICES + " devices");
      }
      items.add(item(json));
    }
    if (items.isEmpty()) {
      throw malformed("is a list of no devices");
    }
    return items;
  }

  private static Item item(JsonParser json) throws IOException {
    Map<String, String> fields = new HashMap<>();
    if (json.currentToken() != JsonToken.START_OBJECT) {
      throw malformed("is not a list of objects");
    }
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String name = json.currentName();
      if (!List.of("arch", "nonce", "evidence", "certificate").contains(name)
          || json.nextToken() != JsonToken.VALUE_STRING) {
        throw malformed("has a field other than the texts arch, nonce, evidence and certificate");
      }
      fields.put(name, json.getText());
    }
    if (fields.size() != 4) {
      throw malformed("lacks one of arch, nonce, evidence and certificate");
    }
    return new Item(
        fields.get("arch"),
        fields.get("nonce"),
        Bytes.of(base64(fields.get("evidence"))),
        Endorsements.parse(List.of(base64(fields.get("certificate")))).certificates());
  }

  private static byte[] base64(@Nullable String text) {
    try {
      return Base64.getDecoder().decode(text == null ? "" : text);
    } catch (IllegalArgumentException e) {
      throw malformed("has a field that is not base64");
    }
  }

  private static AttestationException malformed(String problem) {
    return new AttestationException(AttestationCode.EVIDENCE_MALFORMED, "the evidence " + problem);
  }
}
