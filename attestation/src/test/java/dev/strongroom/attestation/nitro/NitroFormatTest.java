package dev.strongroom.attestation.nitro;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static dev.strongroom.attestation.nitro.TestEnclave.ES384;
import static dev.strongroom.attestation.nitro.TestEnclave.filled;
import static dev.strongroom.attestation.nitro.TestEnclave.pcrs;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the reader of the envelope and the document refuses, signature or not. */
class NitroFormatTest {

  private static void malformed(byte[] payload) {
    assertRefused(AttestationCode.EVIDENCE_MALFORMED, () -> NitroDocument.parse(payload));
  }

  private static void malformed(String field, CborBytes value) {
    malformed(new TestEnclave().with(field, value).payload());
  }

  private static CborBytes cbor() {
    return new CborBytes();
  }

  @ParameterizedTest
  @ValueSource(strings = {"module_id", "digest", "timestamp", "pcrs", "certificate", "cabundle"})
  void mandatoryFieldsAreThereAndNotNull(String field) {
    assertEquals("i-1-enc2", NitroDocument.parse(new TestEnclave().payload()).moduleId());
    malformed(new TestEnclave().without(field).payload());
    malformed(field, cbor().raw(0xf6));
  }

  @Test
  void unknownFieldsAreRefused() {
    malformed("pcrs_v2", cbor().raw(0xf6));
    malformed("", cbor().raw(0xf6));
  }

  @Test
  void nothingComesTwice() {
    byte[] pairs = new TestEnclave().without("nonce").pairs();
    byte[] digest = cbor().text("digest").text("SHA384").array();
    malformed(cbor().map(9).raw(pairs).raw(digest).array());
    malformed(cbor().raw(0xbf).raw(pairs).raw(digest).raw(0xff).array());
    byte[] none = cbor().text("nonce").raw(0xf6).array();
    malformed(cbor().raw(0xbf).raw(pairs).raw(none).raw(none).raw(0xff).array());
    CborBytes twice = cbor().map(4).raw(pcrPairs());
    malformed("pcrs", twice.unsigned(2).bytes(filled(48, 3)));
  }

  private static byte[] pcrPairs() {
    CborBytes pairs = cbor();
    for (int i = 0; i < 3; i++) {
      pairs.unsigned(i).bytes(filled(48, 1));
    }
    return pairs.array();
  }

  @Test
  void sizesAreThoseThatAwsStates() {
    malformed("module_id", cbor().text(""));
    malformed("module_id", cbor().text("i 1"));
    malformed("module_id", cbor().text("x".repeat(257)));
    malformed("digest", cbor().text("SHA256"));
    malformed("timestamp", cbor().unsigned(0));
    malformed("timestamp", cbor().unsigned(Long.MIN_VALUE));
    malformed("timestamp", cbor().negative(5));
    malformed("certificate", cbor().bytes(new byte[0]));
    malformed("certificate", cbor().bytes(filled(1025, 1)));
    malformed("cabundle", cbor().array(0));
    malformed("cabundle", cbor().array(1).bytes(new byte[0]));
    malformed("cabundle", cbor().array(1).bytes(filled(1025, 1)));
    malformed("cabundle", cbor().array(9).raw(new byte[9]));
    malformed("public_key", cbor().bytes(new byte[0]));
    malformed("public_key", cbor().bytes(filled(1025, 1)));
    malformed("user_data", cbor().bytes(filled(513, 1)));
    malformed("nonce", cbor().bytes(filled(513, 1)));
    NitroDocument most =
        NitroDocument.parse(
            new TestEnclave()
                .with("nonce", cbor().bytes(filled(512, 1)))
                .with("user_data", cbor().bytes(new byte[0]))
                .payload());
    assertEquals("01".repeat(512), String.valueOf(most.nonce()));
    assertEquals("", String.valueOf(most.userData()));
  }

  @Test
  void registersAreThoseThatAwsStates() {
    malformed("pcrs", pcrs());
    malformed("pcrs", pcrs(1, 2));
    malformed("pcrs", cbor().map(4).raw(pcrPairs()).unsigned(32).bytes(filled(48, 1)));
    malformed("pcrs", cbor().map(4).raw(pcrPairs()).negative(0).bytes(filled(48, 1)));
    malformed("pcrs", cbor().map(4).raw(pcrPairs()).text("3").bytes(filled(48, 1)));
    malformed("pcrs", cbor().map(33));
    for (int size : new int[] {0, 31, 47, 49, 63}) {
      malformed("pcrs", cbor().map(4).raw(pcrPairs()).unsigned(31).bytes(filled(size, 1)));
    }
    for (int size : new int[] {32, 48, 64}) {
      CborBytes good = cbor().map(4).raw(pcrPairs()).unsigned(31).bytes(filled(size, 1));
      NitroDocument document = NitroDocument.parse(new TestEnclave().with("pcrs", good).payload());
      assertEquals("01".repeat(size), String.valueOf(document.pcrs().get(31)));
    }
  }

  @Test
  void oneFormOfEachNumberAndNoOther() {
    malformed("timestamp", cbor().raw(0x18, 23));
    malformed("timestamp", cbor().raw(0x19, 0, 0xff));
    malformed("timestamp", cbor().raw(0x1a, 0, 0, 0xff, 0xff));
    malformed("timestamp", cbor().raw(0x1b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff));
    malformed("timestamp", cbor().raw(0x1c));
    malformed("timestamp", cbor().raw(0x1f));
    malformed("timestamp", cbor().raw(0xc1, 0x01));
    malformed("timestamp", cbor().raw(0xfb).raw(new byte[8]));
    malformed("nonce", cbor().raw(0x58, 1, 7));
  }

  @Test
  void indefiniteLengthsEndWithTheOuterMap() {
    malformed("module_id", cbor().raw(0x7f).text("i-1").raw(0xff));
    malformed("nonce", cbor().raw(0x5f).bytes(filled(32, 7)).raw(0xff));
    malformed("nonce", cbor().raw(0xff));
    malformed("pcrs", cbor().raw(0xbf).raw(pcrPairs()).raw(0xff));
    malformed("cabundle", cbor().raw(0x9f).bytes(filled(9, 1)).raw(0xff));
    malformed("cabundle", cbor().array(1).array(1).array(1).bytes(filled(9, 1)));
    malformed(cbor().map(9).raw(0xff).array());
    malformed(cbor().map(10).raw(new TestEnclave().pairs()).array());
  }

  @Test
  void textIsUtf8() {
    malformed("module_id", cbor().raw(0x62, 0xc3, 0x28));
    malformed("module_id", cbor().bytes(filled(2, 0x41)));
  }

  @Test
  void nothingFollowsTheDocumentInItsPayload() {
    byte[] payload = cbor().raw(new TestEnclave().payload()).raw(0).array();
    assertRefused(AttestationCode.EVIDENCE_TRAILING_BYTES, () -> NitroDocument.parse(payload));
    byte[] open = cbor().raw(0xbf).raw(new TestEnclave().pairs()).array();
    assertRefused(AttestationCode.EVIDENCE_TRUNCATED, () -> NitroDocument.parse(open));
  }

  @Test
  void onlyEs384Signs() {
    envelope(AttestationCode.ALGORITHM_UNKNOWN, cbor().map(1).unsigned(1).negative(6));
    envelope(AttestationCode.ALGORITHM_UNKNOWN, cbor().map(1).unsigned(1).unsigned(34));
    envelope(AttestationCode.EVIDENCE_MALFORMED, cbor().map(1).unsigned(4).negative(34));
    envelope(AttestationCode.EVIDENCE_MALFORMED, cbor().map(0));
    envelope(
        AttestationCode.EVIDENCE_MALFORMED,
        cbor().map(2).unsigned(1).negative(34).unsigned(4).bytes(new byte[1]));
    envelope(AttestationCode.EVIDENCE_TRAILING_BYTES, cbor().raw(ES384).raw(0));
    envelope(AttestationCode.EVIDENCE_TRUNCATED, cbor());
  }

  private static void envelope(AttestationCode code, CborBytes header) {
    byte[] document = new TestEnclave().protectedHeader(header).document();
    assertRefused(code, () -> CoseSign1.parse(document));
  }

  @Test
  void theEnvelopeHasItsFourPartsAndNothingUnsigned() {
    byte[] payload = new TestEnclave().payload();
    byte[] head = cbor().bytes(ES384).array();
    byte[] good = cbor().array(4).raw(head).map(0).bytes(payload).bytes(filled(96, 1)).array();
    assertEquals(payload.length, CoseSign1.parse(good).payload().size());
    for (CborBytes bad :
        new CborBytes[] {
          cbor().array(3).raw(head).map(0).bytes(payload),
          cbor().array(5).raw(head).map(0).bytes(payload).bytes(filled(96, 1)).raw(0xf6),
          cbor().raw(0x9f).raw(head).map(0).bytes(payload).bytes(filled(96, 1)).raw(0xff),
          cbor().array(4).raw(head).map(1).unsigned(4).unsigned(1).bytes(payload),
          cbor().array(4).raw(head).map(0).raw(0xf6).bytes(filled(96, 1)),
          cbor().array(4).raw(head).map(0).bytes(payload).bytes(filled(95, 1)),
          cbor().array(4).raw(head).map(0).bytes(payload).bytes(filled(97, 1)),
          cbor().array(4).raw(head).map(0).bytes(filled(16_385, 1)),
          cbor().array(4).map(1).unsigned(1).negative(34),
          cbor().raw(0xd1).raw(good),
          cbor().raw(0xd2, 0xd2).raw(good),
          cbor().raw(0xd8, 0x12).raw(good),
          cbor().raw(0x5f)
        }) {
      byte[] document = bad.array();
      assertRefused(AttestationCode.EVIDENCE_MALFORMED, () -> CoseSign1.parse(document));
    }
  }
}
