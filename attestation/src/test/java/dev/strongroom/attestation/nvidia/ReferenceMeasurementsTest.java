package dev.strongroom.attestation.nvidia;

import static dev.strongroom.attestation.Refusals.assertRefused;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.Endorsements;
import dev.strongroom.attestation.Verification;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** NVIDIA's own reference measurements, beside reports of the devices that they are of. */
class ReferenceMeasurementsTest {
  private static final String VBIOS = "1010_0200_882_96005E0001_PROD.swidtag";
  private static final String DRIVER = "NV_GPU_DRIVER_GH100_550.144.03.xml";
  private static final Instant AT = Instant.parse("2025-06-01T00:00:00Z");

  private final NvidiaVerifier verifier = NvidiaVerifier.standard();

  private NvidiaDevice hopper(Instant at, String... references) {
    return verify("hopper", "hopperCertChain.txt", at, Vectors.endorsements(references));
  }

  private NvidiaDevice verify(String device, String chain, Instant at, Endorsements references) {
    return verifier
        .verify(
            Vectors.report(device),
            new Verification(Vectors.endorsements(chain).and(references), null, at))
        .devices()
        .getFirst();
  }

  private NvidiaDevice hopper(String reference) {
    return verify(
        "hopper",
        "hopperCertChain.txt",
        AT,
        Endorsements.parse(List.of(reference.getBytes(StandardCharsets.UTF_8))));
  }

  @Test
  void measurementsOfTheVbiosMatchTheirReferences() {
    NvidiaDevice device = hopper(AT, VBIOS);
    assertEquals(true, device.values().get("vbios_measurements_match"));
    assertEquals(false, device.values().get("driver_measurements_match"));
  }

  @Test
  void measurementsOfASwitchMatchTheirReferences() {
    NvidiaDevice device =
        verify(
            "switch",
            "switchCertChain.txt",
            Instant.parse("2026-06-01T00:00:00Z"),
            Vectors.endorsements("NV_SWITCH_BIOS_5612_0002_890_9610550001.xml"));
    assertEquals(true, device.values().get("vbios_measurements_match"));
  }

  @Test
  void measurementsThatDifferFromTheirReferencesAreRefused() {
    NvidiaDevice device = hopper(AT);
    Bytes third = Objects.requireNonNull(device.report().measurements().get(3));
    Bytes other = Bytes.of(new byte[48]);
    assertEquals(true, compare(device, "GH100", 3, List.of(other, third)));
    assertEquals(false, compare(device, "GB100", 3, List.of(other)));
    for (List<Bytes> golden : List.of(List.of(other), List.<Bytes>of())) {
      assertRefused(
          AttestationCode.MEASUREMENT_MISMATCH,
          "measurement 3",
          () -> compare(device, "GH100", 3, golden));
    }
    assertRefused(
        AttestationCode.MEASUREMENT_MISMATCH, () -> compare(device, "GH100", 64, List.of(other)));
    // NVDEC0 is off in this device, and its measurement is not of what runs.
    assertEquals(true, compare(device, "GH100", 35, List.of(third)));
  }

  private static boolean compare(
      NvidiaDevice device, String product, int index, List<Bytes> golden) {
    Rim rim = new Rim(product, "96.00.5e.00.01", new TreeMap<>(Map.of(index, golden)));
    return Rim.compare(List.of(rim), device, device.vbiosVersion());
  }

  @Test
  void referencesOfAnotherVersionSayNothing() {
    NvidiaDevice device = hopper(AT, DRIVER);
    assertEquals(false, device.driverReference());
    assertEquals(false, device.firmwareReference());
  }

  @Test
  void referencesThatDoNotVerifyAreRefusedWhateverTheyAreOf() {
    assertRefused(
        AttestationCode.COLLATERAL_INVALID, () -> hopper(AT, "incorrect_signature_driver_rim.xml"));
    assertRefused(
        AttestationCode.COLLATERAL_INVALID,
        () -> hopper(AT, "NV_GPU_DRIVER_GH100_535.86.09_measurement_mismatch.xml"));
    assertRefused(
        AttestationCode.ROOT_UNKNOWN, () -> hopper(AT, "incorrect_cert_chain_driver_rim.xml"));
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        () -> hopper(Instant.parse("2025-06-22T09:30:34Z"), VBIOS));
    assertRefused(
        AttestationCode.CERTIFICATE_EXPIRED,
        () -> hopper(Instant.parse("2023-06-23T09:30:32Z"), VBIOS));
  }

  @Test
  void aReferenceChangedInAnyPlaceIsRefused() {
    String good = Vectors.text(VBIOS);
    assertEquals(true, hopper(good).firmwareReference());
    for (String bad :
        List.of(
            good.replace("96.00.5E.00.01", "96.00.5E.00.02"),
            good.replaceFirst("active=\"True\"", "active=\"False\""),
            good.replaceFirst("alternatives=\"1\"", "alternatives=\"0\""),
            good.replaceFirst("product=\"GH100\"", "product=\"GH101\""),
            good.replace("URI=\"\"", "URI=\"#x\""),
            good.replace("xmldsig-more#ecdsa-sha384", "xmldsig-more#ecdsa-sha256"),
            good.replace("xmldsig-more#sha384", "xmldsig-more#sha224"),
            good.replaceFirst(
                "(?s)<ds:Transform Algorithm=\"http://www.w3.org/2000/09/xmldsig#enveloped-signature\"/>",
                "<ds:Transform Algorithm=\"http://www.w3.org/TR/1999/REC-xslt-19991116\"/>"),
            good.replaceFirst("(?s)<ds:Signature .*</ds:Signature>", ""),
            good.replaceFirst("(?s)(<ds:Signature .*</ds:Signature>)", "$1$1"),
            good.replaceFirst("(?s)<ds:KeyInfo>.*</ds:KeyInfo>", ""),
            good.replaceFirst(
                "<SoftwareIdentity", "<!DOCTYPE x [<!ENTITY a 'b'>]><SoftwareIdentity"),
            "<wrapped>" + good + "</wrapped>",
            "<a/>",
            "<a")) {
      assertEquals(false, bad.equals(good));
      assertRefused(AttestationCode.COLLATERAL_INVALID, () -> hopper(bad));
    }
  }
}
