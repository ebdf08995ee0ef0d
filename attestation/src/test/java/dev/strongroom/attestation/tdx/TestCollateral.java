package dev.strongroom.attestation.tdx;

import dev.strongroom.attestation.Bytes;
import java.security.PrivateKey;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** TCB info and identity of the quoting enclave for the standard quote, each text replaceable. */
final class TestCollateral {
  private final PrivateKey signer;
  private String tcbInfo =
      """
      {"id":"TDX","version":3,"issueDate":"2026-05-20T00:00:00Z","nextUpdate":"2026-06-19T00:00:00Z",
      "fmspc":"00A06D080000","pceId":"0000","tcbType":0,"tcbEvaluationDataNumber":18,
      "tdxModule":{"mrsigner":"%1$s","attributes":"0000000000000000","attributesMask":"FFFFFFFFFFFFFFFF"},
      "tdxModuleIdentities":[{"id":"TDX_01","mrsigner":"%1$s","attributes":"0000000000000000",
      "attributesMask":"FFFFFFFFFFFFFFFF","tcbLevels":[
      {"tcb":{"isvsvn":4},"tcbDate":"2024-11-13T00:00:00Z","tcbStatus":"UpToDate"},
      {"tcb":{"isvsvn":2},"tcbDate":"2023-08-09T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-01036"]}]}],
      "tcbLevels":[
      {"tcb":{"sgxtcbcomponents":%2$s,"pcesvn":11,"tdxtcbcomponents":%3$s},
      "tcbDate":"2024-11-13T00:00:00Z","tcbStatus":"UpToDate"},
      {"tcb":{"sgxtcbcomponents":%4$s,"pcesvn":5,"tdxtcbcomponents":%5$s},
      "tcbDate":"2018-01-04T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-00837","INTEL-SA-01036"]}]}\
      """
          .formatted("00".repeat(48), svns(5, 5), tdxSvns(5, 3), svns(4, 4), tdxSvns(3, 2))
          .replace("\n", "");
  private String qeIdentity =
      """
      {"id":"TD_QE","version":2,"issueDate":"2026-05-22T00:00:00Z","nextUpdate":"2026-06-21T00:00:00Z",
      "tcbEvaluationDataNumber":17,"miscselect":"00000000","miscselectMask":"FFFFFFFF",
      "attributes":"11000000000000000000000000000000","attributesMask":"FBFFFFFFFFFFFFFF0000000000000000",
      "mrsigner":"DC9E2A7C6F948F17474E34A7FC43ED030F7C1563F1BABDDF6340C82E0E54A8C5","isvprodid":2,
      "tcbLevels":[{"tcb":{"isvsvn":4},"tcbDate":"2024-11-13T00:00:00Z","tcbStatus":"UpToDate"},
      {"tcb":{"isvsvn":2},"tcbDate":"2023-08-09T00:00:00Z","tcbStatus":"OutOfDate","advisoryIDs":["INTEL-SA-00001"]}]}\
      """
          .replace("\n", "");

  TestCollateral(TestIntel intel) {
    this(intel.tcbSigning.key());
  }

  TestCollateral(PrivateKey signer) {
    this.signer = signer;
  }

  private static String svns(int first, int others) {
    return list(i -> i == 0 ? first : others);
  }

  // The second is the major version of the module, which levels of the platform leave at 0.
  private static String tdxSvns(int first, int others) {
    return list(i -> i == 0 ? first : i == 1 ? 0 : others);
  }

  private static String list(IntUnaryOperator svn) {
    return IntStream.range(0, 16)
        .mapToObj(i -> "{\"svn\":" + svn.applyAsInt(i) + "}")
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** Replaces in the TCB info; what is not there fails the test. */
  TestCollateral tcbInfo(String from, String to) {
    tcbInfo = replaced(tcbInfo, from, to);
    return this;
  }

  /** Replaces in the identity of the quoting enclave. */
  TestCollateral qeIdentity(String from, String to) {
    qeIdentity = replaced(qeIdentity, from, to);
    return this;
  }

  List<Bytes> documents() {
    return List.of(Bytes.of(tcbInfoFile()), Bytes.of(qeIdentityFile()));
  }

  byte[] tcbInfoFile() {
    return TestIntel.signed("tcbInfo", tcbInfo, signer);
  }

  byte[] qeIdentityFile() {
    return TestIntel.signed("enclaveIdentity", qeIdentity, signer);
  }

  private static String replaced(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalArgumentException("there is no " + from);
    }
    return text.replaceFirst(Pattern.quote(from), to);
  }
}
