package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Verification;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Each way in which Intel's collateral judges a platform. */
class TcbAppraisalTest {
  private static final TestIntel INTEL = new TestIntel();
  private static final TdxVerifier STRICT = new TdxVerifier(INTEL.roots(), TdxOptions.STRICT);
  private static final TdxVerifier LENIENT =
      new TdxVerifier(
          INTEL.roots(),
          TdxOptions.STRICT.accepting(EnumSet.complementOf(EnumSet.of(TcbStatus.REVOKED))));

  /** TEE_TCB_SVN of a module of major version 1, security version 4. */
  private static final Consumer<TestQuote> MODULE_1 = quote -> quote.body(0, 4, 1);

  @Test
  void acceptsWhatIsUpToDate() {
    Map<String, Object> values = judged(STRICT, quote -> {}, collateral -> {}).values();
    assertEquals("UpToDate", values.get("tcb_status"));
    assertEquals("UpToDate", values.get("platform_tcb_status"));
    assertEquals("2024-11-13T00:00:00Z", values.get("platform_tcb_date"));
    assertEquals("UpToDate", values.get("qe_tcb_status"));
    assertFalse(values.containsKey("tdx_module_tcb_status"));
    assertEquals(List.of(), values.get("advisory_ids"));
    assertEquals(17L, values.get("tcb_evaluation_data_number"));
    assertEquals("2026-06-19T00:00:00Z", values.get("collateral_next_update"));
    assertEquals("a1".repeat(16), values.get("ppid"));
    assertEquals("b2".repeat(16), values.get("platform_instance_id"));
    assertEquals(true, values.get("dynamic_platform"));
    assertEquals(false, values.get("cached_keys"));
    assertEquals(true, values.get("smt_enabled"));
    assertEquals(1L, values.get("sgx_type"));
    assertEquals("33".repeat(32), values.get("qe_mrenclave"));
  }

  @ParameterizedTest
  @EnumSource(TcbStatus.class)
  void judgesEachStatusOfTheReachedLevel(TcbStatus status) {
    Consumer<TestCollateral> change =
        collateral ->
            collateral.tcbInfo(
                "},\"tcbDate\":\"2024-11-13T00:00:00Z\",\"tcbStatus\":\"UpToDate\"},{\"tcb\":{\"sgx",
                "},\"tcbDate\":\"2024-11-13T00:00:00Z\",\"tcbStatus\":\""
                    + status.wireName()
                    + "\"},{\"tcb\":{\"sgx");
    switch (status) {
      case UP_TO_DATE -> judged(STRICT, quote -> {}, change);
      case REVOKED -> {
        refused(AttestationCode.TCB_REVOKED, STRICT, quote -> {}, change);
        refused(AttestationCode.TCB_REVOKED, LENIENT, quote -> {}, change);
      }
      case SW_HARDENING_NEEDED,
          CONFIGURATION_NEEDED,
          CONFIGURATION_AND_SW_HARDENING_NEEDED,
          OUT_OF_DATE,
          OUT_OF_DATE_CONFIGURATION_NEEDED -> {
        refused(AttestationCode.TCB_STATUS_REFUSED, STRICT, quote -> {}, change);
        assertEquals(
            status.wireName(), judged(LENIENT, quote -> {}, change).values().get("tcb_status"));
      }
    }
  }

  static Stream<Arguments> levels() {
    String none = "the lowest level";
    return Stream.of(
        level("TDX SVN below the first", "OutOfDate", q -> q.body(0, 4, 0), c -> {}),
        level("TDX SVN 15 below the first", "OutOfDate", q -> q.body(15, 2), c -> {}),
        level("TDX SVN below all", none, q -> q.body(15, 1), c -> {}),
        level("SVNs unsigned", "UpToDate", q -> q.body(2, 0xff), c -> {}),
        level("PCE SVN", "OutOfDate", q -> {}, c -> c.tcbInfo("pcesvn\":11", "pcesvn\":12")),
        level("SGX component", "OutOfDate", q -> {}, c -> c.tcbInfo("\"svn\":5}]", "\"svn\":6}]")),
        level(
            "no level",
            none,
            q -> {},
            c -> c.tcbInfo("\"svn\":5}]", "\"svn\":6}]").tcbInfo("pcesvn\":5", "pcesvn\":12")),
        level(
            "no levels at all",
            none,
            q -> {},
            c -> c.tcbInfo("]}],\"tcbLevels\":", "]}],\"tcbLevels\":[],\"former\":")),
        level("module 1 up to date", "UpToDate", MODULE_1, c -> {}),
        level("module 1 above", "UpToDate", q -> q.body(0, 9, 1), c -> {}),
        level("module 1 below", "OutOfDate", q -> q.body(0, 3, 1), c -> {}),
        level("module 1 below all", none, q -> q.body(0, 1, 1), c -> {}),
        level("module 2 not listed", none, q -> q.body(0, 9, 2), c -> {}),
        level("QE below", "OutOfDate", q -> q.qe(258, 3), c -> {}),
        level("QE below all", none, q -> q.qe(258, 1), c -> {}),
        level("QE above", "UpToDate", q -> q.qe(258, 0, 1), c -> {}));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("levels")
  void findsTheLevelReached(
      String name, String status, Consumer<TestQuote> quote, Consumer<TestCollateral> change) {
    if (TcbStatus.of(status).isPresent()) {
      assertEquals(status, judged(LENIENT, quote, change).values().get("tcb_status"));
    } else {
      refused(AttestationCode.TCB_REVOKED, LENIENT, quote, change);
    }
  }

  @Test
  void namesTheAdvisoriesOfAllPartsOnce() {
    Map<String, Object> values =
        judged(LENIENT, quote -> quote.body(0, 3, 1).body(15, 2).qe(258, 3), c -> {}).values();
    assertEquals("OutOfDate", values.get("tcb_status"));
    assertEquals("OutOfDate", values.get("tdx_module_tcb_status"));
    assertEquals(
        List.of("INTEL-SA-00001", "INTEL-SA-00837", "INTEL-SA-01036"), values.get("advisory_ids"));
  }

  static Stream<Arguments> strangers() {
    AttestationCode module = AttestationCode.MEASUREMENT_MISMATCH;
    AttestationCode enclave = AttestationCode.QUOTING_ENCLAVE_UNKNOWN;
    return Stream.of(
        stranger("signer of the module", module, q -> q.body(64, 1)),
        stranger("attributes of the module", module, q -> q.body(112, 1)),
        stranger("signer of module 1", module, MODULE_1.andThen(q -> q.body(64, 1))),
        stranger("attributes of module 1", module, MODULE_1.andThen(q -> q.body(119, 1))),
        stranger("signer of the QE", enclave, q -> q.qe(159, 0)),
        stranger("product of the QE", enclave, q -> q.qe(256, 1)),
        stranger("MISCSELECT of the QE", enclave, q -> q.qe(16, 1)),
        stranger("attributes of the QE", enclave, q -> q.qe(48, 0x05)));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("strangers")
  void refusesStrangers(String name, AttestationCode code, Consumer<TestQuote> quote) {
    refused(code, LENIENT, quote, collateral -> {});
  }

  @Test
  void looksAtAttributesWhereTheMaskIsSetAlone() {
    // INIT (bit 2) and XFRM are outside of the mask of the identity.
    judged(STRICT, quote -> quote.qe(48, 0x11).qe(56, 0x03), collateral -> {});
  }

  @Test
  void refusesARevokedModuleOrEnclave() {
    refused(
        AttestationCode.TCB_REVOKED,
        LENIENT,
        MODULE_1,
        c -> c.tcbInfo("\"UpToDate\"", "\"Revoked\""));
    refused(
        AttestationCode.TCB_REVOKED,
        LENIENT,
        quote -> {},
        c -> c.qeIdentity("\"UpToDate\"", "\"Revoked\""));
  }

  @Test
  void judgesTheWholeByTheWorstOfEachPart() {
    assertEquals(TcbStatus.OUT_OF_DATE, TcbStatus.SW_HARDENING_NEEDED.and(TcbStatus.OUT_OF_DATE));
    assertEquals(
        TcbStatus.OUT_OF_DATE_CONFIGURATION_NEEDED,
        TcbStatus.OUT_OF_DATE.and(TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED));
    assertEquals(
        TcbStatus.CONFIGURATION_AND_SW_HARDENING_NEEDED,
        TcbStatus.CONFIGURATION_NEEDED.and(TcbStatus.SW_HARDENING_NEEDED));
    for (TcbStatus each : TcbStatus.values()) {
      assertEquals(each, each.and(TcbStatus.UP_TO_DATE));
      assertEquals(each, each.and(each));
      assertEquals(TcbStatus.REVOKED, each.and(TcbStatus.REVOKED));
      for (TcbStatus other : TcbStatus.values()) {
        assertEquals(each.and(other), other.and(each));
      }
    }
  }

  @Test
  void isStrictByDefault() {
    assertEquals(Set.of(TcbStatus.UP_TO_DATE), TdxOptions.STRICT.acceptedStatuses());
    assertEquals(Duration.ZERO, TdxOptions.STRICT.toleratedLateness());
    assertEquals(TdxOptions.CollateralRule.REQUIRED, TdxOptions.STRICT.collateral());
    assertThrows(
        IllegalArgumentException.class,
        () -> TdxOptions.STRICT.accepting(Set.of(TcbStatus.REVOKED)));
    assertThrows(IllegalArgumentException.class, () -> TdxOptions.STRICT.accepting(Set.of()));
    assertThrows(
        IllegalArgumentException.class,
        () -> TdxOptions.STRICT.toleratingLateness(Duration.ofSeconds(-1)));
  }

  private static TdxClaims judged(
      TdxVerifier verifier, Consumer<TestQuote> change, Consumer<TestCollateral> document) {
    TestCollateral collateral = new TestCollateral(INTEL);
    document.accept(collateral);
    byte[] quote = new TestQuote(INTEL).with(change).build();
    return verifier.verify(
        quote, new Verification(INTEL.endorsements(collateral), null, TestIntel.NOW));
  }

  private static void refused(
      AttestationCode code,
      TdxVerifier verifier,
      Consumer<TestQuote> change,
      Consumer<TestCollateral> document) {
    Refused.with(code, () -> judged(verifier, change, document));
  }

  private static Arguments level(
      String name, String status, Consumer<TestQuote> quote, Consumer<TestCollateral> change) {
    return Arguments.of(name, status, quote, change);
  }

  private static Arguments stranger(String name, AttestationCode code, Consumer<TestQuote> quote) {
    return Arguments.of(name, code, quote);
  }
}
