package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.kms.WrappedKey;

/**
 * What an answer of Vault means. Vault tells a wrong context, a missing key and a malformed request
 * by the text alone, all with 400: what is not known for certain to be about the wrapped key counts
 * as the backend's trouble and never as tampering.
 */
final class VaultRefusals {
  private static final int BAD_REQUEST = 400;
  private static final int SERVER_ERROR = 500;

  private VaultRefusals() {}

  /** Why a wrapped key was not unwrapped or rewrapped, or a fault of the backend. */
  static Problem ofUnwrap(VaultReply reply, String kek) {
    String errors = reply.errors();
    // Some versions report a bad tag as 500.
    if (errors.contains("message authentication failed")) {
      return WrappedKey.refused("the context or the bytes are not those of the wrapping by " + kek);
    }
    if (reply.status() != BAD_REQUEST) {
      return ofCall(reply, kek);
    }
    if (errors.contains("version is too new")) {
      return WrappedKey.refused(kek + " has no such version");
    }
    if (errors.contains("invalid ciphertext")) {
      return WrappedKey.refused("it is damaged");
    }
    if (errors.contains("too old")) {
      return unusable(
          kek
              + " is shut out by min_decryption_version, or trimmed: if it is needed, lower"
              + " min_decryption_version of the key for the time of a rewrap");
    }
    return ofCall(reply, kek);
  }

  /** Why a call that depends on no wrapped key was not answered. */
  static Problem ofCall(VaultReply reply, String kek) {
    String errors = reply.errors();
    String quoted = errors.isEmpty() ? "" : " (" + errors + ")";
    return switch (reply.status()) {
      case 400 ->
          errors.contains("encryption key not found")
              ? unusable(kek + " does not exist in Vault: restore it from a snapshot")
              : away(reply, kek, "that is not what is expected", quoted);
      case 403 -> unusable("the policy of the service's token does not allow the use of " + kek);
      case 404 ->
          reply.isVaultsRefusal()
              ? unusable(kek + " does not exist in Vault, or no transit engine is there")
              : away(
                  reply, kek, "that comes from what stands before Vault, not from Vault", quoted);
      case 429 ->
          new Problem(
              ProblemCode.KEY_BACKEND_THROTTLED,
              "Vault wants fewer calls for " + kek + ": look at its rate limit quotas" + quoted,
              null,
              reply.retryAfter());
      case 301, 302, 307, 308 ->
          away(
              reply,
              kek,
              "this node is a standby; let kek.vault.address name what finds the active node",
              quoted);
      case 412, 472, 473 -> away(reply, kek, "it is a standby that is behind", quoted);
      case 503 -> away(reply, kek, "it is sealed or in maintenance", quoted);
      default ->
          away(
              reply,
              kek,
              reply.status() >= SERVER_ERROR ? "it is in trouble" : "that is not what is expected",
              quoted);
    };
  }

  private static Problem away(VaultReply reply, String kek, String why, String quoted) {
    return new Problem(
        ProblemCode.KEY_BACKEND_UNAVAILABLE,
        "Vault answers " + reply.status() + " for " + kek + ": " + why + quoted,
        null,
        reply.retryAfter());
  }

  private static Problem unusable(String why) {
    return new Problem(ProblemCode.KEK_UNUSABLE, "the KEK cannot be used: " + why);
  }
}
