package dev.strongroom.attestation.tdx;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A piece of collateral as the provisioning certification service answers it: an object, and a
 * signature of exactly the bytes that the object has in the answer.
 *
 * @param kind what it says it is
 * @param content the bytes of the object, as they are signed
 * @param signature R and S, 64 bytes
 */
record SignedDocument(Kind kind, Bytes content, Bytes signature) {
  private static final int SIGNATURE = 64;

  /** By the name of the signed member. */
  enum Kind {
    TCB_INFO("tcbInfo"),
    ENCLAVE_IDENTITY("enclaveIdentity");

    private final String member;

    Kind(String member) {
      this.member = member;
    }

    private static Optional<Kind> of(String member) {
      return Arrays.stream(values()).filter(kind -> kind.member.equals(member)).findFirst();
    }
  }

  /**
   * Reads.
   *
   * @return empty when it is collateral of something else
   * @throws AttestationException {@link AttestationCode#ENDORSEMENT_MALFORMED}
   */
  static Optional<SignedDocument> read(Bytes document) {
    byte[] json = document.array();
    try (JsonParser in = CollateralFields.parser(json)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw malformed("is no object", null);
      }
      Reading reading = new Reading(json);
      for (String name = in.nextFieldName(); name != null; name = in.nextFieldName()) {
        reading.member(name, in);
      }
      if (in.currentToken() != JsonToken.END_OBJECT || in.nextToken() != null) {
        throw malformed("has bytes after its end", null);
      }
      return reading.end();
    } catch (IOException e) {
      throw malformed("is no JSON", e);
    }
  }

  private static AttestationException malformed(String what, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MALFORMED, "a piece of collateral " + what, cause);
  }

  private static final class Reading {
    private final byte[] json;
    private @Nullable Kind kind;
    private @Nullable Bytes content;
    private @Nullable Bytes signature;

    Reading(byte[] json) {
      this.json = json;
    }

    void member(String name, JsonParser in) throws IOException {
      JsonToken value = in.nextToken();
      Optional<Kind> named = Kind.of(name);
      if (named.isPresent()) {
        if (content != null || value != JsonToken.START_OBJECT) {
          throw malformed("is not one signed object", null);
        }
        kind = named.get();
        content = exactly(in);
      } else if (name.equals("signature") && value == JsonToken.VALUE_STRING) {
        signature = signature(in.getText());
      } else {
        in.skipChildren();
      }
    }

    Optional<SignedDocument> end() {
      if (kind == null || content == null) {
        return Optional.empty();
      }
      if (signature == null) {
        throw malformed("has no signature", null);
      }
      return Optional.of(new SignedDocument(kind, content, signature));
    }

    /** The bytes of the object that begins here: a signature is over these, not over its values. */
    private Bytes exactly(JsonParser in) throws IOException {
      long begin = in.currentTokenLocation().getByteOffset();
      in.skipChildren();
      long end = in.currentTokenLocation().getByteOffset();
      if (begin < 0 || end >= json.length || json[(int) begin] != '{' || json[(int) end] != '}') {
        throw malformed("is not in UTF-8", null);
      }
      return Bytes.of(Arrays.copyOfRange(json, (int) begin, (int) end + 1));
    }

    private static Bytes signature(String hex) {
      try {
        Bytes signature = Bytes.ofHex(hex);
        if (signature.size() == SIGNATURE) {
          return signature;
        }
      } catch (IllegalArgumentException e) {
        // Named below.
      }
      throw malformed("has a signature that is not " + SIGNATURE + " bytes in hexadecimal", null);
    }
  }
}
