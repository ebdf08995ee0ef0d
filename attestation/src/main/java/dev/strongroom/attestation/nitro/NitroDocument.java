package dev.strongroom.attestation.nitro;

import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An attestation document (Nitro Enclaves Attestation Process, section 2.2), with the sizes of
 * section 3.2.2.2.
 *
 * @param moduleId of the enclave that speaks: {@code i-...-enc...}
 * @param timestamp when it was made, to the millisecond
 * @param digest what the PCRs are made with: always {@code SHA384}
 * @param pcrs the locked ones, by index (0 to 31), 32, 48 or 64 bytes each; 0, 1 and 2 always
 * @param certificate of the key that signs, DER
 * @param caBundle its issuers, from the root down, DER
 * @param publicKey 1 to 1024 bytes that the enclave gave, where it did
 * @param userData at most 512 bytes that the enclave gave, where it did
 * @param nonce at most 512 bytes that the enclave gave, where it did
 */
public record NitroDocument(
    String moduleId,
    Instant timestamp,
    String digest,
    SortedMap<Integer, Bytes> pcrs,
    Bytes certificate,
    List<Bytes> caBundle,
    @Nullable Bytes publicKey,
    @Nullable Bytes userData,
    @Nullable Bytes nonce) {

  public NitroDocument {
    pcrs = Collections.unmodifiableSortedMap(new TreeMap<>(pcrs));
    caBundle = List.copyOf(caBundle);
  }

  /**
   * Reads the payload of a COSE_Sign1. Its map may be an open one, which is what AWS writes;
   * nothing in it may. Null is absent, for the fields that may be.
   *
   * @throws AttestationException {@code EVIDENCE_TRUNCATED}, {@code EVIDENCE_TRAILING_BYTES} or
   *     {@code EVIDENCE_MALFORMED}
   */
  public static NitroDocument parse(byte[] payload) {
    return new Reading(new CborReader(payload, "attestation document")).document();
  }

  private static final class Reading {
    private static final int FIELDS = 9;
    private static final int MAX_KEY = 32;
    private static final int MAX_MODULE_ID = 256;
    private static final int PCRS = 32;
    private static final int MAX_PCR = 64;
    private static final int MAX_CERTIFICATE = 1024;
    private static final int MAX_BUNDLE = 8;
    private static final int MAX_PUBLIC_KEY = 1024;
    private static final int MAX_DATA = 512;

    private final CborReader in;
    private final List<String> seen = new ArrayList<>(FIELDS);
    private @Nullable String moduleId;
    private @Nullable Instant timestamp;
    private @Nullable String digest;
    private @Nullable SortedMap<Integer, Bytes> pcrs;
    private @Nullable Bytes certificate;
    private @Nullable List<Bytes> caBundle;
    private @Nullable Bytes publicKey;
    private @Nullable Bytes userData;
    private @Nullable Bytes nonce;

    Reading(CborReader in) {
      this.in = in;
    }

    NitroDocument document() {
      fields();
      in.end();
      return new NitroDocument(
          required(moduleId, "module_id"),
          required(timestamp, "timestamp"),
          required(digest, "digest"),
          required(pcrs, "pcrs"),
          required(certificate, "certificate"),
          required(caBundle, "cabundle"),
          publicKey,
          userData,
          nonce);
    }

    private void fields() {
      int count = in.mapOrOpenMap(FIELDS, "attestation document");
      if (count != CborReader.OPEN) {
        for (int i = 0; i < count; i++) {
          field(in.text(MAX_KEY, "field name"));
        }
        return;
      }
      // A field cannot come twice, so this ends.
      String key = in.keyOrBreak(MAX_KEY, "field name");
      while (key != null) {
        field(key);
        key = in.keyOrBreak(MAX_KEY, "field name");
      }
    }

    private void field(String key) {
      if (seen.contains(key)) {
        throw CborReader.malformed(key, "is there twice");
      }
      seen.add(key);
      switch (key) {
        case "module_id" -> moduleId = moduleId();
        case "timestamp" -> timestamp = timestamp();
        case "digest" -> digest = digest();
        case "pcrs" -> pcrs = pcrs();
        case "certificate" -> certificate = certificate(key);
        case "cabundle" -> caBundle = caBundle();
        case "public_key" -> publicKey = publicKey();
        case "user_data" -> userData = in.bytesOrNull(MAX_DATA, key);
        case "nonce" -> nonce = in.bytesOrNull(MAX_DATA, key);
        default ->
            throw CborReader.malformed(
                "attestation document",
                "has a field that is not known here: its name has "
                    + key.length()
                    + " characters. A newer release may know it");
      }
    }

    private String moduleId() {
      String text = in.text(MAX_MODULE_ID, "module_id");
      if (text.isEmpty() || !text.chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
        throw CborReader.malformed("module_id", "is empty, or has characters of no identifier");
      }
      return text;
    }

    private Instant timestamp() {
      long milliseconds = in.unsigned("timestamp");
      if (milliseconds == 0) {
        throw CborReader.malformed("timestamp", "is zero");
      }
      return Instant.ofEpochMilli(milliseconds);
    }

    private String digest() {
      String text = in.text(MAX_KEY, "digest");
      if (!text.equals("SHA384")) {
        throw CborReader.malformed("digest", "is not SHA384, the only one in use");
      }
      return text;
    }

    private SortedMap<Integer, Bytes> pcrs() {
      SortedMap<Integer, Bytes> all = new TreeMap<>();
      int count = in.map(PCRS, "pcrs");
      for (int i = 0; i < count; i++) {
        long index = in.unsigned("index of a PCR");
        byte[] value = in.bytes(MAX_PCR, "PCR");
        if (index >= PCRS) {
          throw CborReader.malformed("index of a PCR", "is " + index + ", above 31");
        }
        if (value.length != 32 && value.length != 48 && value.length != 64) {
          throw CborReader.malformed("PCR " + index, "has " + value.length + " bytes");
        }
        if (all.putIfAbsent((int) index, Bytes.of(value)) != null) {
          throw CborReader.malformed("PCR " + index, "is there twice");
        }
      }
      // What the enclave runs. They are always locked, so a document without them is not whole.
      for (int index = 0; index < 3; index++) {
        if (!all.containsKey(index)) {
          throw CborReader.malformed("PCR " + index, "is not there");
        }
      }
      return all;
    }

    private Bytes certificate(String field) {
      byte[] der = in.bytes(MAX_CERTIFICATE, field);
      if (der.length == 0) {
        throw CborReader.malformed(field, "is empty");
      }
      return Bytes.of(der);
    }

    private List<Bytes> caBundle() {
      int count = in.array(MAX_BUNDLE, "cabundle");
      if (count == 0) {
        throw CborReader.malformed("cabundle", "is empty");
      }
      List<Bytes> all = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        all.add(certificate("certificate of the cabundle"));
      }
      return all;
    }

    private @Nullable Bytes publicKey() {
      Bytes key = in.bytesOrNull(MAX_PUBLIC_KEY, "public_key");
      if (key != null && key.size() == 0) {
        throw CborReader.malformed("public_key", "is empty");
      }
      return key;
    }

    private static <T> T required(@Nullable T value, String field) {
      if (value == null) {
        throw CborReader.malformed(field, "is not there");
      }
      return value;
    }
  }
}
