package dev.strongroom.core.manifest;

import dev.strongroom.core.encoding.Utf8;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A DSSE envelope (Dead Simple Signing Envelope 1.0): bytes, what they are, and signatures over
 * both. Having parsed one says nothing about its signatures.
 *
 * <p>The parser takes the JSON form with exactly the members {@code payload}, {@code payloadType}
 * and {@code signatures}, base64 of the standard alphabet with padding, 1 to {@value
 * #MAX_SIGNATURES} signatures of at most {@value #MAX_SIGNATURE_BYTES} bytes. A missing {@code
 * keyid} is read as the empty one.
 */
public final class DsseEnvelope {
  /** The most signatures of an envelope. */
  public static final int MAX_SIGNATURES = 16;

  /** The most bytes of a signature. */
  public static final int MAX_SIGNATURE_BYTES = 1024;

  private static final int MAX_TEXT = 256;
  private static final int JSON_OVERHEAD = 1 << 16;

  private final String payloadType;
  private final byte[] payload;
  private final List<DsseSignature> signatures;

  /**
   * An envelope of these parts.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST} when the payload type is empty or too
   *     long, or the number of signatures is not 1 to {@value #MAX_SIGNATURES}
   */
  public DsseEnvelope(String payloadType, byte[] payload, List<DsseSignature> signatures) {
    if (payloadType.isEmpty() || payloadType.length() > MAX_TEXT) {
      throw malformed("the payload type has 1 to " + MAX_TEXT + " characters");
    }
    if (signatures.isEmpty() || signatures.size() > MAX_SIGNATURES) {
      throw malformed("there are 1 to " + MAX_SIGNATURES + " signatures");
    }
    this.payloadType = payloadType;
    this.payload = payload.clone();
    this.signatures = List.copyOf(signatures);
  }

  /**
   * Reads the JSON form.
   *
   * @param maxPayload the most bytes of the payload
   * @throws Problem {@link ProblemCode#TOO_LARGE} above it, {@link ProblemCode#MALFORMED_REQUEST}
   *     when the bytes are no envelope of the form above
   */
  public static DsseEnvelope parse(byte[] json, int maxPayload) {
    Wire wire = CanonicalJson.parse(json, Wire.class, maxBytes(maxPayload));
    byte[] payload = decode(wire.payload(), "payload");
    if (payload.length > maxPayload) {
      throw new Problem(
          ProblemCode.TOO_LARGE, "the envelope's payload has more than " + maxPayload + " bytes");
    }
    List<DsseSignature> signatures = new ArrayList<>();
    for (WireSignature signature : wire.signatures()) {
      String keyId = signature.keyid() == null ? "" : signature.keyid();
      signatures.add(new DsseSignature(keyId, decode(signature.sig(), "sig")));
    }
    return new DsseEnvelope(wire.payloadType(), payload, signatures);
  }

  /** The most bytes of the JSON form of an envelope with a payload of at most so many bytes. */
  static int maxBytes(int maxPayload) {
    return Math.addExact(Math.ceilDiv(maxPayload, 3) * 4, JSON_OVERHEAD);
  }

  /** The JSON form, canonical. */
  public byte[] toJson() {
    Base64.Encoder base64 = Base64.getEncoder();
    List<WireSignature> wire =
        signatures.stream()
            .map(s -> new WireSignature(base64.encodeToString(s.signature()), s.keyId()))
            .toList();
    return CanonicalJson.writeRecord(new Wire(base64.encodeToString(payload), payloadType, wire));
  }

  /** The bytes that signatures are made over (DSSE, PAE): both parts with their lengths. */
  public static byte[] preAuthenticationEncoding(String payloadType, byte[] payload) {
    byte[] type = Utf8.encode(payloadType);
    ByteArrayOutputStream out = new ByteArrayOutputStream(payload.length + type.length + 32);
    out.writeBytes(("DSSEv1 " + type.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(type);
    out.writeBytes((" " + payload.length + " ").getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(payload);
    return out.toByteArray();
  }

  /** The bytes that the signatures of this envelope are made over. */
  public byte[] preAuthenticationEncoding() {
    return preAuthenticationEncoding(payloadType, payload);
  }

  public String payloadType() {
    return payloadType;
  }

  /** A copy of the payload. */
  public byte[] payload() {
    return payload.clone();
  }

  public List<DsseSignature> signatures() {
    return signatures;
  }

  private static byte[] decode(String text, String member) {
    try {
      byte[] bytes = Base64.getDecoder().decode(text);
      if (Base64.getEncoder().encodeToString(bytes).equals(text)) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST, "the envelope is invalid: " + member + " is no base64", e);
    }
    throw malformed(member + " is not base64 of the standard alphabet with padding");
  }

  private static Problem malformed(String why) {
    return new Problem(ProblemCode.MALFORMED_REQUEST, "the envelope is invalid: " + why);
  }

  private record Wire(String payload, String payloadType, List<WireSignature> signatures) {
    Wire {
      if (payload == null || payloadType == null || signatures == null) {
        throw malformed("payload, payloadType and signatures are all needed");
      }
    }
  }

  private record WireSignature(String sig, @Nullable String keyid) {
    WireSignature {
      if (sig == null) {
        throw malformed("a signature has no sig");
      }
    }
  }
}
