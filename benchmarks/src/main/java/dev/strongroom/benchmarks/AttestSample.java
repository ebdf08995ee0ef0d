package dev.strongroom.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.strongroom.attestation.AttestationVerifier;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import dev.strongroom.attestation.azure.AzureEvidence;
import dev.strongroom.attestation.azure.AzureVerifier;
import dev.strongroom.attestation.nitro.DstackEnvelope;
import dev.strongroom.attestation.nitro.NitroVerifier;
import dev.strongroom.attestation.nvidia.NvidiaVerifier;
import dev.strongroom.attestation.snp.SnpVerifier;
import dev.strongroom.attestation.tdx.TdxOptions;
import dev.strongroom.attestation.tdx.TdxVerifier;
import dev.strongroom.attestation.tpm.AttestationKeys;
import dev.strongroom.attestation.tpm.EnrolledKey;
import dev.strongroom.attestation.tpm.HashAlgorithm;
import dev.strongroom.attestation.tpm.PcrSelection;
import dev.strongroom.attestation.tpm.PcrValues;
import dev.strongroom.attestation.tpm.PublicArea;
import dev.strongroom.attestation.tpm.QuoteEvidence;
import dev.strongroom.attestation.tpm.TpmEvidence;
import dev.strongroom.attestation.tpm.TpmVerifier;
import dev.strongroom.attestation.x509.PinnedRoots;
import dev.strongroom.testkit.tpm.SoftwareTpm;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A piece of real evidence, and who verifies it. Recorded evidence lies with the tests of the
 * library, with its sources; a TPM is swtpm's.
 *
 * @param verifier makes one that remembers no chain
 * @param endorsements the files that come with the evidence, read anew for each verification, as
 *     the service does
 * @param at when the recorded certificates were valid
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record AttestSample(
    String name,
    byte[] evidence,
    List<byte[]> endorsements,
    Instant at,
    Supplier<AttestationVerifier> verifier) {
  private static final Path RECORDED =
      Path.of("attestation/src/test/resources/dev/strongroom/attestation");
  private static final Instant DECEMBER = Instant.parse("2025-12-25T13:15:40Z");
  private static final int[] PCRS = {0, 1, 2, 3, 7};

  /** Verifies it once; what comes out has claims. */
  void verify(AttestationVerifier with) {
    Endorsements given =
        endorsements.isEmpty() ? Endorsements.NONE : Endorsements.parse(endorsements);
    if (with.verify(evidence, new Verification(given, null, at)).values().isEmpty()) {
      throw new IllegalStateException(name + ": evidence without claims");
    }
  }

  /** One of each type that can be had here. */
  static List<AttestSample> all(@Nullable SoftwareTpm tpm) throws IOException {
    List<AttestSample> all = new ArrayList<>();
    all.add(
        new AttestSample(
            "sev-snp, report under a VCEK",
            file("snp/trustee/test-report.bin"),
            List.of(file("snp/trustee/test-vcek.der")),
            DECEMBER,
            SnpVerifier::standard));
    all.add(
        new AttestSample(
            "tdx, quote 5 without collateral",
            file("tdx/tdx_quote_5.dat"),
            List.of(),
            DECEMBER,
            () -> TdxVerifier.standard(TdxOptions.STRICT.inspectingWithoutCollateral())));
    all.add(azure());
    all.add(
        new AttestSample(
            "nitro, document of an enclave",
            DstackEnvelope.document(file("nitro/nitro_attestation.bin")),
            List.of(),
            DECEMBER,
            NitroVerifier::standard));
    all.add(
        new AttestSample(
            "nvidia-gpu, report of a Hopper",
            HexFormat.of().parseHex(text("nvidia/hopperAttestationReport.txt").strip()),
            List.of(file("nvidia/hopperCertChain.txt")),
            DECEMBER,
            NvidiaVerifier::standard));
    if (tpm != null) {
      all.add(tpm(tpm));
    }
    return all;
  }

  private static byte[] file(String name) throws IOException {
    return Files.readAllBytes(RECORDED.resolve(name));
  }

  private static String text(String name) throws IOException {
    return new String(file(name), StandardCharsets.US_ASCII);
  }

  private static AttestSample azure() throws IOException {
    JsonNode vector = new ObjectMapper().readTree(file("azure/az-snp-vtpm-evidence-v1.json"));
    JsonNode quote = vector.get("tpm_quote");
    SortedMap<Integer, Bytes> values = new TreeMap<>();
    for (JsonNode value : quote.get("pcrs")) {
      values.put(values.size(), Bytes.ofHex(value.textValue()));
    }
    AzureEvidence evidence =
        new AzureEvidence(
            Bytes.of(Base64.getUrlDecoder().decode(vector.get("hcl_report").textValue())),
            new QuoteEvidence(
                Bytes.ofHex(quote.get("message").textValue()),
                // That form has the bare signature: RSASSA with SHA-256, of 256 bytes.
                Bytes.ofHex("0014000b0100" + quote.get("signature").textValue()),
                new PcrValues(new TreeMap<>(Map.of(HashAlgorithm.SHA256, values))),
                null));
    return new AttestSample(
        "azure-snp-vtpm, report and quote",
        evidence.encode(),
        List.of(Base64.getUrlDecoder().decode(vector.get("vcek").textValue())),
        DECEMBER,
        () -> new AzureVerifier(SnpVerifier.standard(), PcrSelection.NONE));
  }

  private static AttestSample tpm(SoftwareTpm tpm) {
    String selection = "sha256:0,1,2,3,7";
    var _ = tpm.run("tpm2_createek", "-c", "ek.ctx", "-G", "rsa", "-u", "ek.pub");
    var _ =
        tpm.run(
            "tpm2_createak",
            "-C",
            "ek.ctx",
            "-c",
            "ak.ctx",
            "-G",
            "ecc",
            "-g",
            "sha256",
            "-s",
            "ecdsa",
            "-u",
            "ak.pub",
            "-n",
            "ak.name");
    var _ =
        tpm.run(
            "tpm2_quote",
            "-c",
            "ak.ctx",
            "-l",
            selection,
            "-q",
            "5ca1ab1e",
            "-m",
            "quote.msg",
            "-s",
            "quote.sig",
            "-g",
            "sha256");
    SortedMap<Integer, Bytes> values = new TreeMap<>();
    for (int pcr : PCRS) {
      var _ = tpm.run("tpm2_pcrread", "sha256:" + pcr, "-o", "pcr.bin");
      values.put(pcr, Bytes.of(tpm.file("pcr.bin")));
    }
    TpmEvidence evidence =
        new TpmEvidence(
            Bytes.of(tpm.file("ak.pub")),
            new QuoteEvidence(
                Bytes.of(tpm.file("quote.msg")),
                Bytes.of(tpm.file("quote.sig")),
                new PcrValues(new TreeMap<>(Map.of(HashAlgorithm.SHA256, values))),
                null));
    EnrolledKey key =
        new EnrolledKey(PublicArea.parse(evidence.akPublic()).name(), Bytes.of(new byte[32]));
    PcrSelection wanted = PcrSelection.of(HashAlgorithm.SHA256, 0, 1, 2, 3, 7);
    return new AttestSample(
        "tpm, quote of an enrolled P-256 key",
        evidence.encode(),
        List.of(),
        Instant.now(),
        () ->
            new TpmVerifier(
                AttestationKeys.of(List.of(key)), new PinnedRoots(List.of(), List.of()), wanted));
  }
}
