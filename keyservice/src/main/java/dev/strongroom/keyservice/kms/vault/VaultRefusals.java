package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;

/**
 * What an answer of Vault means. Vault tells a wrong context, a missing key and a malformed request
 * by the text alone, all with 400: what is not known for certain to be about the wrapped key counts
 * as the backend's trouble and never as tampering.
 */
final class VaultRefusals {
  private VaultRefusals() {}

  /** Why a wrapped key was not unwrapped or rewrapped, or a fault of the backend. */
  static Problem ofUnwrap(VaultReply reply, String kek) {
    String errors = reply.errors();
    // Some versions report a bad tag as 500.
    if (errors.contains("message authentication failed")) {
      return failed("the context or the bytes are not those of the wrapping by " + kek);
    }
    if (reply.status() != 400) {
      return ofCall(reply, kek);
    }
    if (errors.contains("too old")) {
      return failed(
          "its version is older than Vault allows for "
              + kek
              + ": if that is an error, lower min_decryption_version for the time of a rewrap");
    }
    if (errors.contains("version is too new")) {
      return failed(kek + " has no such version: restore Vault and store from the same time");
    }
    if (errors.contains("encryption key not found")) {
      return failed(kek + " does not exist in Vault: restore it, what it wrapped is lost else");
    }
    if (errors.contains("invalid ciphertext")) {
      return failed("it is damaged");
    }
    return ofCall(reply, kek);
  }

  /** Why a call that depends on no wrapped key was not answered. */
  static Problem ofCall(VaultReply reply, String kek) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "Vault answers "
            + reply.status()
            + " for "
            + kek
            + ": "
            + switch (reply.status()) {
              case 301, 302, 307, 308 ->
                  "this node is a standby; let kek.vault.address name the active node or what"
                      + " finds it";
              case 403 -> "the policy of the service's token does not allow it";
              case 404 -> "there is no such key, or nothing is mounted there";
              case 412, 429, 472, 473 -> "it is overloaded or a standby";
              case 503 -> "it is sealed or in maintenance";
              default -> reply.status() >= 500 ? "it is in trouble" : "not what is expected";
            }
            + (reply.errors().isEmpty() ? "" : " (" + reply.errors() + ")"));
  }

  static Problem failed(String why) {
    return new Problem(ProblemCode.KEY_UNWRAP_FAILED, "a data key does not unwrap: " + why);
  }
}
