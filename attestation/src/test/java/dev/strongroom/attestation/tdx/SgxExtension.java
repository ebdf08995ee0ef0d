package dev.strongroom.attestation.tdx;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Enumerated;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;

/** The SGX extension of a PCK certificate, with any member left out or replaced. */
final class SgxExtension {
  static final String OID = "1.2.840.113741.1.13.1";

  static final int PCE_SVN = 11;
  static final int COMPONENT_SVN = 5;

  private final Map<String, ASN1Encodable> top = new TreeMap<>();
  private final Map<String, ASN1Encodable> tcb = new TreeMap<>();

  SgxExtension() {
    for (int i = 1; i <= 16; i++) {
      tcb.put("." + i, new ASN1Integer(COMPONENT_SVN));
    }
    tcb.put(".17", new ASN1Integer(PCE_SVN));
    tcb.put(".18", octets("05".repeat(16)));
    top.put(".1", octets("a1".repeat(16)));
    top.put(".3", octets("0000"));
    top.put(".4", octets("00a06d080000"));
    top.put(".5", new ASN1Enumerated(1));
    top.put(".6", octets("b2".repeat(16)));
    top.put(
        ".7",
        TestIntel.sequence(
            pair(".7.1", ASN1Boolean.TRUE),
            pair(".7.2", ASN1Boolean.FALSE),
            pair(".7.3", ASN1Boolean.TRUE)));
  }

  static DERSequence standard() {
    return new SgxExtension().build();
  }

  static DEROctetString octets(String hex) {
    return new DEROctetString(HexFormat.of().parseHex(hex));
  }

  SgxExtension with(String oid, ASN1Encodable value) {
    top.put(oid, value);
    return this;
  }

  SgxExtension withTcb(String oid, ASN1Encodable value) {
    tcb.put(oid, value);
    return this;
  }

  SgxExtension without(String oid) {
    top.remove(oid);
    return this;
  }

  SgxExtension withoutTcb(String oid) {
    tcb.remove(oid);
    return this;
  }

  DERSequence build() {
    List<ASN1Encodable> members = new ArrayList<>();
    top.forEach((oid, value) -> members.add(pair(oid, value)));
    if (!tcb.isEmpty()) {
      List<ASN1Encodable> svns = new ArrayList<>();
      tcb.forEach((oid, value) -> svns.add(pair(".2" + oid, value)));
      members.add(pair(".2", TestIntel.sequence(svns.toArray(ASN1Encodable[]::new))));
    }
    return TestIntel.sequence(members.toArray(ASN1Encodable[]::new));
  }

  private static DERSequence pair(String oid, ASN1Encodable value) {
    return TestIntel.sequence(new ASN1ObjectIdentifier(OID + oid), value);
  }
}
