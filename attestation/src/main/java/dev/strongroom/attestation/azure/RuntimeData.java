package dev.strongroom.attestation.azure;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.strongroom.attestation.AttestationCode;
import dev.strongroom.attestation.AttestationException;
import dev.strongroom.attestation.Bytes;
import dev.strongroom.attestation.json.Json;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.RSAPublicKeySpec;
import java.util.Base64;

/**
 * What the paravisor says of itself in the runtime data. Members that are not known here are passed
 * by: the report covers them, and Microsoft adds some.
 *
 * @param attestationKey {@code HCLAkPub}: of the virtual TPM
 * @param secureBoot as the machine is configured
 * @param console whether it has a serial console
 * @param vmId which Azure gave it
 * @param userData what the guest had put in
 */
record RuntimeData(
    PublicKey attestationKey, boolean secureBoot, boolean console, String vmId, Bytes userData) {
  private static final Json JSON = new Json(AttestationCode.EVIDENCE_MALFORMED, "runtime data");
  private static final String ATTESTATION_KEY = "HCLAkPub";
  private static final BigInteger EXPONENT = BigInteger.valueOf(65537);
  private static final int MIN_BITS = 2048;
  private static final int MAX_BITS = 4096;
  private static final int MAX_VM_ID = 64;

  static RuntimeData parse(Bytes json) {
    ObjectNode object = JSON.object(json.array());
    ObjectNode machine = JSON.object(object, "vm-configuration");
    if (!JSON.truth(machine, "tpm-enabled")) {
      throw JSON.refused("says that the machine has no TPM", null);
    }
    String vmId = JSON.text(machine, "vmUniqueId");
    if (vmId.isEmpty() || vmId.length() > MAX_VM_ID) {
      throw JSON.refused("has no 'vmUniqueId' of 1 to " + MAX_VM_ID + " characters", null);
    }
    return new RuntimeData(
        key(attestationKey(object)),
        JSON.truth(machine, "secure-boot"),
        JSON.truth(machine, "console-enabled"),
        vmId,
        Bytes.of(JSON.hex(object, "user-data")));
  }

  private static ObjectNode attestationKey(ObjectNode object) {
    ObjectNode found = null;
    JsonNode keys = object.get("keys");
    if (keys != null && keys.isArray()) {
      for (JsonNode each : keys) {
        if (each instanceof ObjectNode key && JSON.text(key, "kid").equals(ATTESTATION_KEY)) {
          if (found != null) {
            throw JSON.refused("has two keys " + ATTESTATION_KEY, null);
          }
          found = key;
        }
      }
    }
    if (found == null) {
      throw JSON.refused("has no key " + ATTESTATION_KEY, null);
    }
    return found;
  }

  private static PublicKey key(ObjectNode jwk) {
    if (!JSON.text(jwk, "kty").equals("RSA")) {
      throw unfit("of the type " + Json.shown(JSON.text(jwk, "kty")));
    }
    BigInteger modulus = number(jwk, "n");
    BigInteger exponent = number(jwk, "e");
    if (modulus.bitLength() < MIN_BITS
        || modulus.bitLength() > MAX_BITS
        || !exponent.equals(EXPONENT)) {
      throw unfit("RSA of " + modulus.bitLength() + " bits");
    }
    try {
      return KeyFactory.getInstance("RSA").generatePublic(new RSAPublicKeySpec(modulus, exponent));
    } catch (GeneralSecurityException e) {
      throw JSON.refused("has a key that is none of RSA", e);
    }
  }

  private static AttestationException unfit(String what) {
    return new AttestationException(
        AttestationCode.ALGORITHM_UNKNOWN,
        "the attestation key of the virtual TPM is "
            + what
            + "; RSA of 2048 to 4096 bits with the exponent 65537 is taken");
  }

  private static BigInteger number(ObjectNode jwk, String name) {
    try {
      return new BigInteger(1, Base64.getUrlDecoder().decode(JSON.text(jwk, name)));
    } catch (IllegalArgumentException e) {
      throw JSON.refused("has no base64url in '" + name + "'", e);
    }
  }
}
