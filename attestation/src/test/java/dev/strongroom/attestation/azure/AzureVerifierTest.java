package dev.strongroom.attestation.azure;

import static dev.strongroom.attestation.tpm.Refusals.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.QuoteEvidence;
import dev.strongroom.attestation.tpm.TestTpm;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real report of SEV-SNP and a real quote, joined by the key of the virtual TPM. */
class AzureVerifierTest {
  private static final AzureVerifier VERIFIER =
      new AzureVerifier(SnpVerifier.standard(), PcrSelection.of(HashAlgorithm.SHA256, 0, 4, 7, 11));
  private static final int RUNTIME_DATA = 32 + 1184 + 20;

  private static AzureClaims verify(AzureEvidence evidence) {
    return VERIFIER.verify(evidence.encode(), AzureVector.against(AzureVector.NONCE));
  }

  private static AzureEvidence with(Bytes hclReport) {
    return new AzureEvidence(hclReport, AzureVector.evidence().quote());
  }

  @Test
  void theVectorVerifies() {
    AzureClaims claims = verify(AzureVector.evidence());
    assertEquals("26F8BC30-774E-4290-8E7A-535F3B672AEE", claims.vmId());
    assertEquals(true, claims.secureBoot());
    assertEquals(AzureVector.evidence().quote().pcrs(), claims.quote().pcrs());
    Map<String, Object> values = claims.values();
    assertEquals(Set.of("snp", "tpm", "machine"), values.keySet());
    assertEquals(
        Map.of(
            "secure_boot",
            true,
            "console",
            true,
            "vm_id",
            "26F8BC30-774E-4290-8E7A-535F3B672AEE",
            "user_data",
            "00".repeat(64)),
        values.get("machine"));
  }

  @Test
  void anotherNonceIsRefused() {
    byte[] evidence = AzureVector.evidence().encode();
    var _ =
        refused(
            AttestationCode.BINDING_MISMATCH,
            () -> VERIFIER.verify(evidence, AzureVector.against(Bytes.ofHex("00"))));
  }

  /** A quote of another TPM, however good, is not of this machine. */
  @Test
  void aQuoteOfAnotherTpmIsRefused() {
    QuoteEvidence other =
        TestTpm.rsa(HashAlgorithm.SHA256)
            .quoted(AzureVector.NONCE, AzureVector.evidence().quote().pcrs());
    var _ =
        refused(
            AttestationCode.SIGNATURE_INVALID,
            () -> verify(new AzureEvidence(AzureVector.hclReport(), other)));
    QuoteEvidence ecc =
        TestTpm.ecc(HashAlgorithm.SHA256)
            .quoted(AzureVector.NONCE, AzureVector.evidence().quote().pcrs());
    var _ =
        refused(
            AttestationCode.ALGORITHM_UNKNOWN,
            () -> verify(new AzureEvidence(AzureVector.hclReport(), ecc)));
  }

  /** A key put into the runtime data is not in the report's digest of them. */
  @Test
  void otherRuntimeDataAreRefused() {
    byte[] report = AzureVector.hclReport().array();
    int length = HclReport.parse(Bytes.of(report)).runtimeData().size();
    for (int i = RUNTIME_DATA; i < RUNTIME_DATA + length; i++) {
      byte[] changed = report.clone();
      changed[i] ^= 1;
      var _ = refused(AttestationCode.BINDING_MISMATCH, () -> verify(with(Bytes.of(changed))));
    }
  }

  @Test
  void noFlippedByteOrTruncationOfTheReportVerifies() {
    byte[] report = AzureVector.hclReport().array();
    int end = RUNTIME_DATA + HclReport.parse(Bytes.of(report)).runtimeData().size();
    for (int i = 0; i < report.length; i++) {
      if (i == RUNTIME_DATA) {
        i = end; // those between have a test of their own
      }
      byte[] changed = report.clone();
      changed[i] ^= 1;
      assertThrows(AttestationException.class, () -> verify(with(Bytes.of(changed))), "at " + i);
    }
    for (int length = 0; length < end; length++) {
      Bytes shorter = Bytes.of(Arrays.copyOf(report, length));
      var _ = refused(AttestationCode.EVIDENCE_TRUNCATED, () -> HclReport.parse(shorter));
    }
    // What is behind the report in the index is zeros, as many as there are.
    var _ = verify(with(Bytes.of(Arrays.copyOf(report, end))));
    var _ = verify(with(Bytes.of(Arrays.copyOf(report, report.length + 100))));
  }

  @Test
  void noFlippedByteOfTheDocumentVerifies() {
    byte[] document = AzureVector.evidence().encode();
    int quote = new String(document, StandardCharsets.US_ASCII).indexOf("\"quote\"");
    for (int i = 0; i < document.length; i++) {
      if (i == 100) {
        i = quote - 100; // the report is no other document inside than at its ends
      }
      byte[] changed = document.clone();
      changed[i] ^= 1;
      assertThrows(
          AttestationException.class,
          () -> VERIFIER.verify(changed, AzureVector.against(AzureVector.NONCE)));
    }
  }

  /** As version 2 is documented: the header counts the hardware report alone. */
  @Test
  void theOtherFormOfTheHeaderIsRead() {
    byte[] report = AzureVector.hclReport().array();
    report[4] = 2;
    report[8] = (byte) (1184 & 0xff);
    report[9] = (byte) (1184 >> 8);
    assertEquals(HclReport.parse(AzureVector.hclReport()), HclReport.parse(Bytes.of(report)));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0x49, EVIDENCE_MALFORMED",
    "4, 9, VERSION_UNKNOWN",
    "8, 0, EVIDENCE_MALFORMED",
    "12, 1, EVIDENCE_MALFORMED",
    "16, 1, EVIDENCE_MALFORMED",
    "20, 1, EVIDENCE_MALFORMED",
    "1216, 0, EVIDENCE_MALFORMED",
    "1220, 2, VERSION_UNKNOWN",
    "1224, 4, EVIDENCE_MALFORMED",
    "1228, 2, ALGORITHM_UNKNOWN",
    "1232, 0, EVIDENCE_MALFORMED",
    "2599, 1, EVIDENCE_TRAILING_BYTES",
  })
  void eachFieldOfTheReportIsAsItMustBe(int offset, String value, AttestationCode code) {
    byte[] report = AzureVector.hclReport().array();
    report[offset] = Integer.decode(value).byteValue();
    var _ = refused(code, () -> HclReport.parse(Bytes.of(report)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"HCLEkPub\" | \"HCLAkPub\"",
        "\"HCLAkPub\" | \"other\"",
        "\"kty\":\"RSA\" | \"kty\":\"EC\"",
        "\"e\":\"AQAB\" | \"e\":\"Aw\"",
        "\"n\":\" | \"n\":\"AAAA\",\"x\":\"",
        "\"tpm-enabled\":true | \"tpm-enabled\":false",
        "\"secure-boot\":true | \"secure-boot\":1",
        "\"vmUniqueId\":\" | \"vmUniqueId\":\"\",\"x\":\"",
        "\"user-data\":\"00 | \"user-data\":\"zz",
        "\"keys\":[ | \"keys\":[],\"keys\":[",
        "\"keys\" | \"keyz\"",
      })
  void runtimeDataAreRead(String part, String instead) {
    String json =
        new String(
            HclReport.parse(AzureVector.hclReport()).runtimeData().array(),
            StandardCharsets.US_ASCII);
    String changed = json.replace(part, instead);
    assertEquals(false, changed.equals(json));
    Bytes bytes = Bytes.of(changed.getBytes(StandardCharsets.US_ASCII));
    assertThrows(AttestationException.class, () -> RuntimeData.parse(bytes));
  }

  @Test
  void withoutTheCertificateOfTheProcessorItIsRefused() {
    byte[] evidence = AzureVector.evidence().encode();
    var _ =
        refused(
            AttestationCode.ENDORSEMENT_MISSING,
            () ->
                VERIFIER.verify(
                    evidence,
                    new Verification(
                        Endorsements.NONE, AzureVector.NONCE, AzureVector.against(null).at())));
  }
}
