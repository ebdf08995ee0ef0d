package dev.strongroom.attestation.tpm;

import static dev.strongroom.attestation.tpm.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.x509.PinnedRoots;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Quotes of a key of our own: what verifies, and the code of everything that does not. */
class TpmVerifierTest {
  private static final Bytes NONCE = Bytes.ofHex("a0b1c2d3e4f5");
  private static final Bytes DEVICE = HashAlgorithm.SHA256.digest(new byte[] {42});
  private static final PinnedRoots NO_ROOTS = new PinnedRoots(List.of(), List.of());
  private static final PcrSelection REQUIRED =
      PcrSelection.of(HashAlgorithm.SHA256, 0, 1, 2, 3, 4, 5, 6, 7);
  private static final TestTpm TPM = TestTpm.ecc(HashAlgorithm.SHA256);
  private static final PcrValues PCRS = TestTpm.pcrs(HashAlgorithm.SHA256, HashAlgorithm.SHA384);

  private static TpmVerifier enrolled(TestTpm tpm) {
    return new TpmVerifier(
        AttestationKeys.of(List.of(new EnrolledKey(tpm.name(), DEVICE))), NO_ROOTS, REQUIRED);
  }

  private static Verification against(Bytes binding) {
    return new Verification(Endorsements.NONE, binding, TestPki.NOW);
  }

  private static TpmClaims verify(TestTpm tpm, TpmEvidence evidence) {
    return enrolled(tpm).verify(evidence.encode(), against(NONCE));
  }

  private static void refuses(AttestationCode code, TestTpm tpm, TpmEvidence evidence) {
    var _ = refused(code, () -> verify(tpm, evidence));
  }

  private static TpmEvidence with(TpmEvidence evidence, Bytes message, Bytes signature) {
    return new TpmEvidence(
        evidence.akPublic(), new QuoteEvidence(message, signature, evidence.quote().pcrs(), null));
  }

  private static TpmEvidence signed(TestTpm tpm, byte[] message) {
    Bytes bytes = Bytes.of(message);
    return with(tpm.quote(NONCE, PCRS, null), bytes, tpm.sign(bytes));
  }

  @Test
  void eachSchemeVerifiesAndSaysWhatWasSigned() {
    for (TestTpm tpm :
        List.of(
            TestTpm.rsa(HashAlgorithm.SHA256),
            TestTpm.rsa(HashAlgorithm.SHA384),
            TestTpm.rsapss(32),
            TestTpm.rsapss(222),
            TPM,
            TestTpm.ecc(HashAlgorithm.SHA384))) {
      TpmClaims claims = verify(tpm, tpm.quote(NONCE, PCRS, null));
      assertEquals(tpm.name(), claims.ak());
      assertEquals(new KeyTrust.Enrolled(DEVICE), claims.trust());
      assertEquals(PCRS, claims.quote().pcrs());
    }
    assertEquals(
        Map.ofEntries(
            Map.entry("ak_name", TPM.name().toString()),
            Map.entry("ak_trust", "enrolled"),
            Map.entry("device", DEVICE.hex()),
            Map.entry("qualified_signer", TPM.name().toString()),
            Map.entry("extra_data", NONCE.hex()),
            Map.entry("clock", 123_456L),
            Map.entry("reset_count", 7L),
            Map.entry("restart_count", 2L),
            Map.entry("clock_safe", true),
            Map.entry("firmware_version", "2019102300163636"),
            Map.entry("pcrs", PCRS.claims()),
            Map.entry("event_log", false)),
        verify(TPM, TPM.quote(NONCE, PCRS, null)).values());
  }

  @Test
  void anotherNonceKeyOrDeviceIsRefused() {
    TpmEvidence evidence = TPM.quote(NONCE, PCRS, null);
    for (String other : List.of("a0b1c2d3e4f6", "a0b1c2d3e4", "a0b1c2d3e4f500")) {
      var _ =
          refused(
              AttestationCode.BINDING_MISMATCH,
              () -> enrolled(TPM).verify(evidence.encode(), against(Bytes.ofHex(other))));
    }
    TestTpm stranger = TestTpm.ecc(HashAlgorithm.SHA256);
    refuses(AttestationCode.ATTESTATION_KEY_UNTRUSTED, TPM, stranger.quote(NONCE, PCRS, null));
    refuses(
        AttestationCode.SIGNATURE_INVALID,
        TPM,
        new TpmEvidence(evidence.akPublic(), stranger.quote(NONCE, PCRS, null).quote()));
  }

  /** 0 in extraData is not the padding that other types have. */
  @Test
  void zerosBehindTheNonceAreNoPadding() {
    refuses(
        AttestationCode.BINDING_MISMATCH,
        TPM,
        TPM.quote(Bytes.ofHex("a0b1c2d3e4f50000"), PCRS, null));
  }

  @Test
  void noFlippedBitOfTheEvidenceVerifies() {
    TpmEvidence evidence =
        TPM.quote(NONCE, PCRS, TestEventLog.ordinary(HashAlgorithm.SHA256).bytes());
    TpmEvidence plain = TPM.quote(NONCE, PCRS, null);
    for (int i = 0; i < plain.akPublic().size() * 8; i++) {
      TpmEvidence flipped = new TpmEvidence(flip(plain.akPublic(), i), plain.quote());
      assertThrows(AttestationException.class, () -> verify(TPM, flipped));
    }
    for (int i = 0; i < plain.quote().message().size() * 8; i++) {
      TpmEvidence flipped =
          with(plain, flip(plain.quote().message(), i), plain.quote().signature());
      refuses(AttestationCode.SIGNATURE_INVALID, TPM, flipped);
    }
    for (int i = 0; i < plain.quote().signature().size() * 8; i++) {
      TpmEvidence flipped =
          with(plain, plain.quote().message(), flip(plain.quote().signature(), i));
      assertThrows(AttestationException.class, () -> verify(TPM, flipped));
    }
    byte[] document = evidence.encode();
    for (int i = 0; i < document.length; i++) {
      byte[] flipped = document.clone();
      flipped[i] ^= 1;
      assertThrows(AttestationException.class, () -> enrolled(TPM).verify(flipped, against(NONCE)));
    }
  }

  private static Bytes flip(Bytes bytes, int bit) {
    byte[] flipped = bytes.array();
    flipped[bit / 8] ^= (byte) (1 << (bit % 8));
    return Bytes.of(flipped);
  }

  @Test
  void noTruncationOrAdditionIsRead() {
    TpmEvidence evidence = TPM.quote(NONCE, PCRS, null);
    byte[] document = evidence.encode();
    for (int length = 0; length < document.length; length++) {
      byte[] shorter = Arrays.copyOf(document, length);
      var _ =
          refused(
              AttestationCode.EVIDENCE_MALFORMED,
              () -> enrolled(TPM).verify(shorter, against(NONCE)));
    }
    for (String added : List.of(" ", "\n", "{}", "\0", "x")) {
      byte[] longer = (text(document) + added).getBytes(StandardCharsets.US_ASCII);
      var _ =
          refused(
              AttestationCode.EVIDENCE_MALFORMED,
              () -> enrolled(TPM).verify(longer, against(NONCE)));
    }
    byte[] message = evidence.quote().message().array();
    byte[] signature = evidence.quote().signature().array();
    byte[] area = evidence.akPublic().array();
    for (int length = 0; length < message.length; length++) {
      refuses(AttestationCode.EVIDENCE_TRUNCATED, TPM, signed(TPM, Arrays.copyOf(message, length)));
    }
    for (int length = 0; length < area.length; length++) {
      Bytes shorter = Bytes.of(Arrays.copyOf(area, length));
      var _ = refused(AttestationCode.EVIDENCE_TRUNCATED, () -> PublicArea.parse(shorter));
    }
    for (int length = 0; length < signature.length; length++) {
      Bytes shorter = Bytes.of(Arrays.copyOf(signature, length));
      var _ = refused(AttestationCode.EVIDENCE_TRUNCATED, () -> TpmSignature.parse(shorter));
    }
    refuses(
        AttestationCode.EVIDENCE_TRAILING_BYTES,
        TPM,
        signed(TPM, Arrays.copyOf(message, message.length + 1)));
    var _ =
        refused(
            AttestationCode.EVIDENCE_TRAILING_BYTES,
            () -> PublicArea.parse(Bytes.of(Arrays.copyOf(area, area.length + 1))));
    var _ =
        refused(
            AttestationCode.EVIDENCE_TRAILING_BYTES,
            () -> TpmSignature.parse(Bytes.of(Arrays.copyOf(signature, signature.length + 1))));
  }

  private static String text(byte[] document) {
    return new String(document, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"akPublic\" | {\"test\":true,\"akPublic\"",
        "{\"akPublic\" | {\"akPublic\":\"AA\",\"akPublic\"",
        "\"quote\":{ | \"quote\": {",
        "\"quote\": | \"insecure\":true,\"quote\":",
        "\"sha256\" | \"sha1\":{},\"sha256\"",
        "\"0\": | \"00\":",
        "\"7\": | \"32\":",
        "\"7\": | \"-7\":",
        "\"7\": | \"9\":",
        "\"message\":\" | \"message\":\"=",
        "\"pcrs\":{ | \"pcrs\":{\"sha256\":[],",
        "\"signature\":\" | \"signature\":1,\"x\":\"",
        "evidence/v1 | evidence/v2",
      })
  void otherDocumentsAreRefused(String part, String instead) {
    String document = text(TPM.quote(NONCE, PCRS, null).encode());
    String changed = document.replace(part, instead);
    assertEquals(false, changed.equals(document));
    byte[] bytes = changed.getBytes(StandardCharsets.US_ASCII);
    assertThrows(AttestationException.class, () -> enrolled(TPM).verify(bytes, against(NONCE)));
  }

  @Test
  void aDocumentOfAnotherVersionOrBankSaysSo() {
    String document = text(TPM.quote(NONCE, PCRS, null).encode());
    var _ =
        refused(
            AttestationCode.VERSION_UNKNOWN,
            () -> TpmEvidence.parse(ascii(document.replace("evidence/v1", "evidence/v2"))));
    var _ =
        refused(
            AttestationCode.ALGORITHM_UNKNOWN,
            () -> TpmEvidence.parse(ascii(document.replace("\"sha256\"", "\"sha1\""))));
    var _ =
        refused(
            AttestationCode.EVIDENCE_OVERSIZED,
            () -> TpmEvidence.parse(new byte[TpmEvidence.MAX_BYTES + 1]));
    assertArrayEquals(ascii(document), TpmEvidence.parse(ascii(document)).encode());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Who signs with a key that is not restricted signs what he likes. */
  @ParameterizedTest
  @CsvSource({
    "restricted, 0x10000",
    "sign, 0x40000",
    "fixedTPM, 0x2",
    "fixedParent, 0x10",
    "sensitiveDataOrigin, 0x20",
    "decrypt, 0x20000",
    "encryptedDuplication, 0x800"
  })
  void aKeyThatCouldSignOrGoElsewhereIsRefused(String attribute, String bit) {
    TestTpm tpm = TestTpm.ecc(HashAlgorithm.SHA256);
    tpm.attributes ^= Integer.decode(bit);
    AttestationException refusal =
        refused(
            AttestationCode.ATTESTATION_KEY_UNFIT, () -> verify(tpm, tpm.quote(NONCE, PCRS, null)));
    assertTrue(String.valueOf(refusal.getMessage()).contains(attribute), refusal.getMessage());
  }

  @Test
  void aKeyOfAnotherKindIsRefused() {
    TestTpm reserved = TestTpm.ecc(HashAlgorithm.SHA256);
    reserved.attributes |= 1 << 20;
    refuses(AttestationCode.EVIDENCE_MALFORMED, reserved, reserved.quote(NONCE, PCRS, null));
    TestTpm encrypting = TestTpm.rsa(HashAlgorithm.SHA256);
    encrypting.symmetric = 0x0006;
    var _ =
        refused(
            AttestationCode.ATTESTATION_KEY_UNFIT, () -> PublicArea.parse(encrypting.publicArea()));
    TestTpm sha1Name = TestTpm.rsa(HashAlgorithm.SHA256);
    sha1Name.nameAlgorithm = 0x0004;
    var _ =
        refused(AttestationCode.ALGORITHM_UNKNOWN, () -> PublicArea.parse(sha1Name.publicArea()));
    TestTpm small = TestTpm.rsaOfBits(1024);
    var _ = refused(AttestationCode.ALGORITHM_UNKNOWN, () -> PublicArea.parse(small.publicArea()));
    byte[] area = TPM.publicArea().array();
    area[15] = 0x10; // the scheme: none
    area[14] = 0x00;
    var _ = refused(AttestationCode.ALGORITHM_UNKNOWN, () -> PublicArea.parse(Bytes.of(area)));
    var _ =
        refused(
            AttestationCode.EVIDENCE_OVERSIZED,
            () -> PublicArea.parse(Bytes.of(new byte[PublicArea.MAX_BYTES + 1])));
  }

  /** The key's scheme counts, not the signature's word of its own. */
  @Test
  void aSignatureOfAnotherSchemeIsRefused() {
    TestTpm tpm = TestTpm.rsa(HashAlgorithm.SHA256);
    TpmEvidence evidence = tpm.quote(NONCE, PCRS, null);
    byte[] signature = evidence.quote().signature().array();
    signature[1] = 0x16;
    refuses(
        AttestationCode.ALGORITHM_UNKNOWN,
        tpm,
        with(evidence, evidence.quote().message(), Bytes.of(signature)));
    signature[1] = 0x14;
    signature[3] = 0x04; // SHA-1
    refuses(
        AttestationCode.ALGORITHM_UNKNOWN,
        tpm,
        with(evidence, evidence.quote().message(), Bytes.of(signature)));
    Bytes ecdsa = TPM.sign(evidence.quote().message());
    refuses(
        AttestationCode.ALGORITHM_UNKNOWN, tpm, with(evidence, evidence.quote().message(), ecdsa));
  }

  /** A restricted key signs other structures too: TPM_GENERATED and the type tell them apart. */
  @Test
  void whatIsSignedMustBeAQuote() {
    byte[] message = TPM.message(NONCE, PCRS).array();
    byte[] certify = message.clone();
    certify[5] = 0x17;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, certify));
    byte[] external = message.clone();
    external[0] = 0;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, external));
    byte[] otherSigner = message.clone();
    otherSigner[9] = 0x0c;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, otherSigner));
    byte[] old = message.clone();
    old[8 + 34 + 2 + NONCE.size()] = (byte) 0xff; // the clock
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, old));
    int safe = 8 + 34 + 2 + NONCE.size() + 16;
    byte[] unsafe = message.clone();
    assertEquals(1, unsafe[safe]);
    unsafe[safe] = 2;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, unsafe));
    unsafe[safe] = 0;
    assertEquals(false, verify(TPM, signed(TPM, unsafe)).quote().quote().safe());
  }

  @Test
  void aSelectionOfAnUnknownOrRepeatedBankIsRefused() {
    byte[] message = TPM.message(NONCE, PCRS).array();
    int first = 8 + 34 + 2 + NONCE.size() + 25 + 4;
    byte[] sha1 = message.clone();
    assertEquals(0x0b, sha1[first + 1]);
    sha1[first + 1] = 0x04;
    refuses(AttestationCode.ALGORITHM_UNKNOWN, TPM, signed(TPM, sha1));
    byte[] twice = message.clone();
    assertEquals(0x0c, twice[first + 7]);
    twice[first + 7] = 0x0b;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, twice));
    byte[] many = message.clone();
    many[first - 1] = 9;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, many));
    byte[] wide = message.clone();
    wide[first + 2] = 5;
    refuses(AttestationCode.EVIDENCE_MALFORMED, TPM, signed(TPM, wide));
  }

  @Test
  void pcrsAreThoseThatWereQuoted() {
    TpmEvidence evidence = TPM.quote(NONCE, PCRS, null);
    for (HashAlgorithm bank : HashAlgorithm.values()) {
      for (int pcr = 0; pcr < 8; pcr++) {
        refuses(
            AttestationCode.PCR_MISMATCH,
            TPM,
            pcrs(evidence, change(bank, pcr, bank.digest(new byte[] {99}))));
      }
    }
    refuses(
        AttestationCode.PCR_MISMATCH,
        TPM,
        pcrs(evidence, change(HashAlgorithm.SHA256, 9, HashAlgorithm.SHA256.digest(new byte[0]))));
    refuses(AttestationCode.PCR_MISMATCH, TPM, pcrs(evidence, TestTpm.pcrs(HashAlgorithm.SHA256)));
  }

  private static TpmEvidence pcrs(TpmEvidence evidence, PcrValues pcrs) {
    return new TpmEvidence(
        evidence.akPublic(),
        new QuoteEvidence(evidence.quote().message(), evidence.quote().signature(), pcrs, null));
  }

  private static PcrValues change(HashAlgorithm bank, int pcr, Bytes value) {
    SortedMap<HashAlgorithm, SortedMap<Integer, Bytes>> banks = new TreeMap<>(PCRS.banks());
    SortedMap<Integer, Bytes> values = new TreeMap<>(banks.getOrDefault(bank, new TreeMap<>()));
    values.put(pcr, value);
    banks.put(bank, values);
    return new PcrValues(banks);
  }

  @Test
  void aQuoteOfFewerPcrsOrOfAnotherBankIsRefused() {
    refuses(
        AttestationCode.PCR_MISSING,
        TPM,
        TPM.quote(NONCE, TestTpm.pcrs(HashAlgorithm.SHA384), null));
    refuses(
        AttestationCode.PCR_MISSING, TPM, TPM.quote(NONCE, new PcrValues(new TreeMap<>()), null));
    var _ = verify(TPM, TPM.quote(NONCE, TestTpm.pcrs(HashAlgorithm.SHA256), null));
  }

  @Test
  void aCertificateOfTheKeyIsAsGoodAsEnrolment() {
    TestPki pki = new TestPki();
    X509Certificate certificate = pki.leaf(TPM.pair().getPublic(), TestPki.AIK_USAGE);
    TpmVerifier verifier = new TpmVerifier(AttestationKeys.NONE, pki.roots(), REQUIRED);
    byte[] evidence = TPM.quote(NONCE, PCRS, null).encode();
    TpmClaims claims =
        verifier.verify(evidence, endorsed(List.of(pki.intermediate(), certificate), List.of()));
    assertEquals("certificate", claims.values().get("ak_trust"));

    var _ =
        refused(
            AttestationCode.ROOT_UNKNOWN,
            () -> verifier.verify(evidence, endorsed(List.of(certificate), List.of())));
    TestPki other = new TestPki();
    TpmVerifier elsewhere = new TpmVerifier(AttestationKeys.NONE, other.roots(), REQUIRED);
    var _ =
        refused(
            AttestationCode.ROOT_UNKNOWN,
            () ->
                elsewhere.verify(
                    evidence,
                    endorsed(
                        List.of(certificate, pki.intermediate(), pki.root(), other.intermediate()),
                        List.of())));
    var _ =
        refused(
            AttestationCode.CERTIFICATE_REVOKED,
            () ->
                verifier.verify(
                    evidence,
                    endorsed(
                        List.of(pki.intermediate(), certificate),
                        List.of(pki.revocationOf(certificate)))));
    var _ =
        refused(
            AttestationCode.ATTESTATION_KEY_UNTRUSTED,
            () -> verifier.verify(evidence, endorsed(List.of(pki.intermediate()), List.of())));
  }

  /** A TLS certificate of the same authority, for a key in software, must not make it a TPM. */
  @Test
  void aCertificateOfAnotherUseOrTimeIsRefused() {
    TestPki pki = new TestPki();
    TpmVerifier verifier = new TpmVerifier(AttestationKeys.NONE, pki.roots(), REQUIRED);
    byte[] evidence = TPM.quote(NONCE, PCRS, null).encode();
    for (X509Certificate other :
        List.of(
            pki.leaf(TPM.pair().getPublic(), null),
            pki.leaf(TPM.pair().getPublic(), "1.3.6.1.5.5.7.3.1"),
            pki.leaf(TPM.pair().getPublic(), TestPki.EK_USAGE))) {
      var _ =
          refused(
              AttestationCode.ATTESTATION_KEY_UNTRUSTED,
              () ->
                  verifier.verify(
                      evidence, endorsed(List.of(other, pki.intermediate()), List.of())));
    }
    X509Certificate expired =
        pki.leaf(
            TPM.pair().getPublic(),
            TestPki.AIK_USAGE,
            Duration.ofDays(-1),
            KeyUsage.digitalSignature,
            false);
    var _ =
        refused(
            AttestationCode.CERTIFICATE_EXPIRED,
            () ->
                verifier.verify(
                    evidence, endorsed(List.of(expired, pki.intermediate()), List.of())));
  }

  private static Verification endorsed(List<X509Certificate> certificates, List<X509CRL> crls) {
    return new Verification(new Endorsements(certificates, crls, List.of()), NONCE, TestPki.NOW);
  }

  @Test
  void anEventLogThatGivesThePcrsIsBelieved() {
    TestEventLog log = TestEventLog.ordinary(HashAlgorithm.SHA256, HashAlgorithm.SHA384);
    Map<String, Object> claims = verify(TPM, TPM.quote(NONCE, log.pcrs(), log.bytes())).values();
    assertEquals(true, claims.get("event_log"));
    assertEquals(
        true,
        claims.get("boot") instanceof Map<?, ?> boot
            && Boolean.TRUE.equals(boot.get("secure_boot")));
    refuses(AttestationCode.EVENT_LOG_MISMATCH, TPM, TPM.quote(NONCE, PCRS, log.bytes()));
  }
}
