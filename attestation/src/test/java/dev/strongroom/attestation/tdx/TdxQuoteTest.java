package dev.strongroom.attestation.tdx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Verification;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The form of a quote, and what is refused for its form alone. */
class TdxQuoteTest {
  private static final TestIntel INTEL = new TestIntel();
  private static final TdxVerifier VERIFIER = new TdxVerifier(INTEL.roots(), TdxOptions.STRICT);
  private static final Verification AGAINST =
      new Verification(INTEL.endorsements(), Bytes.of(TestQuote.REPORT_DATA), TestIntel.NOW);

  /** Where the size of the signature data is: behind header, descriptor and body. */
  private static final int SECTION = 48 + 6 + TdReport.SIZE_1_5;

  @Test
  void takesBothVersionsAndBothBodies() {
    TdxClaims later = VERIFIER.verify(new TestQuote(INTEL).build(), AGAINST);
    assertEquals("1.5", later.values().get("td_report_version"));
    TdxClaims earlier = VERIFIER.verify(new TestQuote(INTEL).version4().build(), AGAINST);
    assertEquals(4L, earlier.values().get("quote_version"));
    assertEquals("1.0", earlier.values().get("td_report_version"));
    TestQuote mixed = new TestQuote(INTEL);
    mixed.bodyType = 2;
    mixed.body = Arrays.copyOf(mixed.body, TdReport.SIZE_1_0);
    TdxClaims both = VERIFIER.verify(mixed.build(), AGAINST);
    assertEquals(5L, both.values().get("quote_version"));
    assertEquals("1.0", both.values().get("td_report_version"));
  }

  static Stream<Arguments> forms() {
    return Stream.of(
        form("version 3", AttestationCode.VERSION_UNKNOWN, q -> q.version = 3),
        form("version 6", AttestationCode.VERSION_UNKNOWN, q -> q.version = 6),
        form("key of P-384", AttestationCode.ALGORITHM_UNKNOWN, q -> q.keyType = 3),
        form("quote of SGX", AttestationCode.EVIDENCE_MALFORMED, q -> q.tee = 0),
        form("other vendor", AttestationCode.QUOTING_ENCLAVE_UNKNOWN, q -> q.vendor[0]++),
        form("body of SGX", AttestationCode.VERSION_UNKNOWN, q -> q.bodyType = 1),
        form("body unknown", AttestationCode.VERSION_UNKNOWN, q -> q.bodyType = 4),
        form("size of the other body", AttestationCode.EVIDENCE_MALFORMED, q -> q.bodyType = 2),
        form("no QE report", AttestationCode.EVIDENCE_MALFORMED, q -> q.outerType = 5),
        form("encrypted PPID", AttestationCode.EVIDENCE_MALFORMED, q -> q.innerType = 3),
        form("no chain", AttestationCode.EVIDENCE_MALFORMED, q -> q.pem = new byte[0]),
        form("text in the chain", AttestationCode.EVIDENCE_MALFORMED, q -> q.pem = text("x", q)),
        form(
            "text behind the chain",
            AttestationCode.EVIDENCE_MALFORMED,
            q -> q.pem[q.pem.length - 1] = 'x'),
        form(
            "five certificates",
            AttestationCode.EVIDENCE_MALFORMED,
            q -> q.pem = TestQuote.pem(INTEL.root.certificate()).repeat(5).getBytes(latin1())),
        form(
            "markers that share dashes",
            AttestationCode.EVIDENCE_MALFORMED,
            q -> q.pem = "-----BEGIN CERTIFICATE-----END CERTIFICATE-----\n".getBytes(latin1())),
        form(
            "bytes behind a certificate",
            AttestationCode.EVIDENCE_MALFORMED,
            q -> q.pem = TestQuote.pem(longer(INTEL.pck.certificate())).getBytes(latin1())),
        form(
            "no certificate in PEM",
            AttestationCode.EVIDENCE_MALFORMED,
            q ->
                q.pem =
                    "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
                        .getBytes(latin1())),
        form("debug", AttestationCode.DEBUG_ENABLED, q -> q.body(120, 1)),
        form("profiling", AttestationCode.DEBUG_ENABLED, q -> q.body(120, 0x20)),
        form("reserved attribute 8", AttestationCode.EVIDENCE_MALFORMED, q -> q.body(121, 1)),
        form("reserved attribute 32", AttestationCode.EVIDENCE_MALFORMED, q -> q.body(124, 1)),
        form("debug of the QE", AttestationCode.DEBUG_ENABLED, q -> q.qe(48, 0x17)));
  }

  @ParameterizedTest(name = "{0}: {1}")
  @MethodSource("forms")
  void refuses(String name, AttestationCode code, Consumer<TestQuote> change) {
    byte[] quote = new TestQuote(INTEL).with(change).build();
    Refused.with(code, () -> VERIFIER.verify(quote, AGAINST));
  }

  @Test
  void refusesItTruncatedAtEachLength() {
    byte[] quote = new TestQuote(INTEL).build();
    for (int length = 0; length < quote.length; length++) {
      byte[] shorter = Arrays.copyOf(quote, length);
      Refused.with(AttestationCode.EVIDENCE_TRUNCATED, () -> TdxQuote.parse(shorter));
    }
  }

  @Test
  void passesOverZerosBehindIt() {
    byte[] quote = new TestQuote(INTEL).build();
    TdxClaims claims = VERIFIER.verify(quote, AGAINST);
    for (int size : new int[] {quote.length + 1, 8000, TdxQuote.MAX_SIZE}) {
      assertEquals(claims, VERIFIER.verify(Arrays.copyOf(quote, size), AGAINST));
    }
  }

  @Test
  void refusesAnythingElseBehindIt() {
    byte[] quote = new TestQuote(INTEL).build();
    byte[] longer = Arrays.copyOf(quote, quote.length + 100);
    longer[quote.length + 99] = 1;
    Refused.with(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> TdxQuote.parse(longer));
    byte[] twice = TestQuote.joined(quote, quote);
    Refused.with(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> TdxQuote.parse(twice));
  }

  @Test
  void refusesMoreThanAQuoteHas() {
    byte[] quote = Arrays.copyOf(new TestQuote(INTEL).build(), TdxQuote.MAX_SIZE + 1);
    Refused.with(AttestationCode.EVIDENCE_OVERSIZED, () -> TdxQuote.parse(quote));
  }

  @Test
  void refusesBytesBetweenItsPartsWhereTheLengthsDoNotFit() {
    byte[] quote = new TestQuote(INTEL).build();
    byte[] section = Arrays.copyOf(quote, quote.length + 1);
    System.arraycopy(TestQuote.u32(quote.length - SECTION - 4 + 1), 0, section, SECTION, 4);
    Refused.with(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> TdxQuote.parse(section));

    byte[] certification = section.clone();
    int outer = SECTION + 4 + 64 + 64 + 2;
    System.arraycopy(TestQuote.u32(quote.length - outer - 4 + 1), 0, certification, outer, 4);
    Refused.with(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> TdxQuote.parse(certification));
  }

  @Test
  void refusesLengthsThatReachFurtherThanTheirPart() {
    byte[] quote = new TestQuote(INTEL).build();
    for (int offset : new int[] {SECTION, SECTION + 134, SECTION + 138 + 384 + 64 + 2 + 32 + 2}) {
      for (int value : new int[] {-1, Integer.MAX_VALUE, quote.length}) {
        byte[] wrong = quote.clone();
        System.arraycopy(TestQuote.u32(value), 0, wrong, offset, 4);
        AttestationException refusal =
            assertThrows(AttestationException.class, () -> TdxQuote.parse(wrong));
        assertEquals(AttestationCode.EVIDENCE_TRUNCATED, refusal.code(), refusal::getMessage);
      }
    }
  }

  private static byte[] longer(X509Certificate certificate) {
    try {
      return TestQuote.joined(certificate.getEncoded(), new byte[3]);
    } catch (CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] text(String text, TestQuote quote) {
    return TestQuote.joined(text.getBytes(latin1()), quote.pem);
  }

  private static Charset latin1() {
    return StandardCharsets.ISO_8859_1;
  }

  private static Arguments form(String name, AttestationCode code, Consumer<TestQuote> change) {
    return Arguments.of(name, code, change);
  }
}
