package dev.strongroom.attestation.snp;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.Optional;
import java.util.OptionalInt;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.jspecify.annotations.Nullable;

/** The extensions that AMD puts into its certificates (57230, table of X.509 extensions). */
final class AmdExtensions {
  private static final int MAX_TEXT = 256;
  private static final int MAX_SECURITY_VERSION = 255;
  private static final int HEADER_SIZE = 2;

  private final X509Certificate certificate;

  AmdExtensions(X509Certificate certificate) {
    this.certificate = certificate;
  }

  /** An INTEGER, 0 to 255. */
  OptionalInt securityVersion(String oid) {
    byte[] content = content(oid);
    if (content == null) {
      return OptionalInt.empty();
    }
    if (!(primitive(content, oid) instanceof ASN1Integer integer)
        || integer.getValue().bitLength() > 8
        || integer.getValue().signum() < 0) {
      throw malformed(oid, "no number between 0 and " + MAX_SECURITY_VERSION, null);
    }
    return OptionalInt.of(integer.getValue().intValue());
  }

  /** An IA5String of visible ASCII. */
  Optional<String> text(String oid) {
    byte[] content = content(oid);
    if (content == null) {
      return Optional.empty();
    }
    if (!(primitive(content, oid) instanceof ASN1IA5String text)
        || text.getString().length() > MAX_TEXT
        || !text.getString().chars().allMatch(each -> each >= ' ' && each <= '~')) {
      throw malformed(oid, "no visible text of at most " + MAX_TEXT + " characters", null);
    }
    return Optional.of(text.getString());
  }

  /**
   * Bytes of one of these sizes: bare, as AMD's certificates have them, or as an OCTET STRING, as
   * its specification and some of its certificates do. The size alone tells which; a bare value may
   * begin as an OCTET STRING does.
   */
  Optional<Bytes> octets(String oid, int... sizes) {
    byte[] content = content(oid);
    if (content == null) {
      return Optional.empty();
    }
    for (int size : sizes) {
      if (content.length == size) {
        return Optional.of(Bytes.of(content));
      }
      if (content.length == HEADER_SIZE + size
          && primitive(content, oid) instanceof ASN1OctetString octets
          && octets.getOctets().length == size) {
        return Optional.of(Bytes.of(octets.getOctets()));
      }
    }
    throw malformed(oid, "no identifier of a size that is known here", null);
  }

  private byte @Nullable [] content(String oid) {
    byte[] encoded = certificate.getExtensionValue(oid);
    if (encoded == null) {
      return null;
    }
    if (!(primitive(encoded, oid) instanceof ASN1OctetString content)) {
      throw malformed(oid, "no extension", null);
    }
    return content.getOctets();
  }

  private static ASN1Primitive primitive(byte[] encoded, String oid) {
    try {
      return ASN1Primitive.fromByteArray(encoded);
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      throw malformed(oid, "not ASN.1", e);
    }
  }

  private static AttestationException malformed(
      String oid, String what, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.ENDORSEMENT_MALFORMED,
        "the extension " + oid + " of the report's certificate is " + what,
        cause);
  }
}
