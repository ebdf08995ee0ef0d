package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import java.util.Optional;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Boolean;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The SGX extension of a PCK certificate. */
class PckExtensionTest {
  private static final TestIntel INTEL = new TestIntel();

  @Test
  void readsItsMembers() {
    PckIdentity identity = read(new SgxExtension().withTcb(".3", new ASN1Integer(200)).build());
    assertEquals("a1".repeat(16), identity.ppid().hex());
    assertEquals("0505c8" + "05".repeat(13), identity.componentSvns().hex());
    assertEquals(SgxExtension.PCE_SVN, identity.pceSvn());
    assertEquals("05".repeat(16), identity.cpuSvn().hex());
    assertEquals("0000", identity.pceId().hex());
    assertEquals("00a06d080000", identity.fmspc().hex());
    assertEquals(1, identity.sgxType());
  }

  @Test
  void needsNoPlatformOfSeveralPackages() {
    PckIdentity identity = read(new SgxExtension().without(".6").without(".7").build());
    assertEquals(Optional.empty(), identity.platformInstanceId());
    assertEquals(Optional.empty(), identity.configuration());
  }

  static Stream<Arguments> wrong() {
    return Stream.of(
        Arguments.of("no PPID", new SgxExtension().without(".1").build()),
        Arguments.of("no PCEID", new SgxExtension().without(".3").build()),
        Arguments.of("no FMSPC", new SgxExtension().without(".4").build()),
        Arguments.of("no type", new SgxExtension().without(".5").build()),
        Arguments.of("no component", new SgxExtension().withoutTcb(".16").build()),
        Arguments.of("no PCE SVN", new SgxExtension().withoutTcb(".17").build()),
        Arguments.of("no CPUSVN", new SgxExtension().withoutTcb(".18").build()),
        Arguments.of(
            "short FMSPC", new SgxExtension().with(".4", SgxExtension.octets("00")).build()),
        Arguments.of(
            "FMSPC of another type", new SgxExtension().with(".4", ASN1Boolean.TRUE).build()),
        Arguments.of("negative SVN", new SgxExtension().withTcb(".1", new ASN1Integer(-1)).build()),
        Arguments.of(
            "SVN too large", new SgxExtension().withTcb(".1", new ASN1Integer(256)).build()),
        Arguments.of(
            "twice",
            TestIntel.sequence(
                SgxExtension.standard().getObjectAt(0), SgxExtension.standard().getObjectAt(0))),
        Arguments.of("no pair", TestIntel.sequence(TestIntel.sequence(ASN1Boolean.TRUE))),
        Arguments.of("no sequence", new DEROctetString(new byte[3])));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrong")
  void refuses(String name, ASN1Encodable extension) {
    Refused.with(AttestationCode.CHAIN_INVALID, () -> read(extension));
  }

  private static PckIdentity read(ASN1Encodable extension) {
    return PckExtension.read(
        TestIntel.issue(TestIntel.PCK, INTEL.platformCa, false, extension).certificate());
  }
}
