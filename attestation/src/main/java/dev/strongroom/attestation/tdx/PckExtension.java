package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.tdx.PckIdentity.Configuration;
import java.io.IOException;
import java.math.BigInteger;
import java.security.cert.X509Certificate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Enumerated;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.jspecify.annotations.Nullable;

/** Reads the SGX extension: sequences of pairs of an OID and its value, each OID once. */
final class PckExtension {
  private static final String SGX = "1.2.840.113741.1.13.1";
  private static final int COMPONENTS = 16;
  private static final int MAX_SVN = 0xffff;

  private PckExtension() {}

  /**
   * Reads.
   *
   * @throws AttestationException {@link AttestationCode#CHAIN_INVALID} when the certificate has no
   *     such extension or a wrong one, and so is none of a PCK
   */
  static PckIdentity read(X509Certificate certificate) {
    byte[] extension = certificate.getExtensionValue(SGX);
    if (extension == null) {
      throw invalid("has no SGX extension", null);
    }
    try {
      byte[] content = ASN1OctetString.getInstance(extension).getOctets();
      return identity(members(ASN1Primitive.fromByteArray(content)));
    } catch (IOException
        | IllegalArgumentException
        | IllegalStateException
        | ArithmeticException
        | ClassCastException e) {
      throw invalid("has an SGX extension that cannot be read", e);
    }
  }

  private static PckIdentity identity(Map<String, ASN1Encodable> sgx) {
    Map<String, ASN1Encodable> tcb = members(required(sgx, SGX + ".2"));
    byte[] components = new byte[COMPONENTS];
    for (int i = 0; i < COMPONENTS; i++) {
      components[i] = (byte) integer(required(tcb, SGX + ".2." + (i + 1)), 0xff);
    }
    return new PckIdentity(
        octets(required(sgx, SGX + ".1"), 16),
        Bytes.of(components),
        integer(required(tcb, SGX + ".2.17"), MAX_SVN),
        octets(required(tcb, SGX + ".2.18"), 16),
        octets(required(sgx, SGX + ".3"), 2),
        octets(required(sgx, SGX + ".4"), 6),
        ASN1Enumerated.getInstance(required(sgx, SGX + ".5")).intValueExact(),
        Optional.ofNullable(sgx.get(SGX + ".6")).map(id -> octets(id, 16)),
        Optional.ofNullable(sgx.get(SGX + ".7")).map(PckExtension::configuration));
  }

  private static Configuration configuration(ASN1Encodable value) {
    Map<String, ASN1Encodable> flags = members(value);
    return new Configuration(
        flag(flags, SGX + ".7.1"), flag(flags, SGX + ".7.2"), flag(flags, SGX + ".7.3"));
  }

  private static Optional<Boolean> flag(Map<String, ASN1Encodable> flags, String oid) {
    return Optional.ofNullable(flags.get(oid)).map(flag -> ASN1Boolean.getInstance(flag).isTrue());
  }

  private static Map<String, ASN1Encodable> members(ASN1Encodable value) {
    Map<String, ASN1Encodable> members = new HashMap<>();
    for (ASN1Encodable each : ASN1Sequence.getInstance(value)) {
      ASN1Sequence pair = ASN1Sequence.getInstance(each);
      if (pair.size() != 2) {
        throw invalid("has an SGX extension with a member that is no pair", null);
      }
      String oid = ASN1ObjectIdentifier.getInstance(pair.getObjectAt(0)).getId();
      if (members.put(oid, pair.getObjectAt(1)) != null) {
        throw invalid("has " + oid + " twice", null);
      }
    }
    return members;
  }

  private static ASN1Encodable required(Map<String, ASN1Encodable> members, String oid) {
    ASN1Encodable value = members.get(oid);
    if (value == null) {
      throw invalid("lacks " + oid, null);
    }
    return value;
  }

  private static Bytes octets(ASN1Encodable value, int size) {
    byte[] octets = ASN1OctetString.getInstance(value).getOctets();
    if (octets.length != size) {
      throw invalid("has " + octets.length + " bytes where " + size + " belong", null);
    }
    return Bytes.of(octets);
  }

  private static int integer(ASN1Encodable value, int max) {
    BigInteger integer = ASN1Integer.getInstance(value).getValue();
    if (integer.signum() < 0 || integer.compareTo(BigInteger.valueOf(max)) > 0) {
      throw invalid("has a security version out of its range", null);
    }
    return integer.intValueExact();
  }

  private static AttestationException invalid(String what, @Nullable Exception cause) {
    return new AttestationException(
        AttestationCode.CHAIN_INVALID, "the certificate of the PCK " + what, cause);
  }
}
