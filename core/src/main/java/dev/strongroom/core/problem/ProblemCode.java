package dev.strongroom.core.problem;

import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * The stable codes of every refusal, as they stand in problem documents (RFC 9457), in the log and
 * in the output of the command line. A code is never renamed or reused; new ones may be added.
 */
public enum ProblemCode {
  // What the caller sent.
  INVALID_NAME(400, Category.CALLER),
  INVALID_PATH(400, Category.CALLER),
  MALFORMED_REQUEST(400, Category.CALLER),
  UNSUPPORTED_ALGORITHM(400, Category.CALLER),
  TOO_LARGE(413, Category.CALLER),
  NOT_FOUND(404, Category.CALLER),
  METHOD_NOT_ALLOWED(405, Category.CALLER),
  UNSUPPORTED_MEDIA_TYPE(415, Category.CALLER),
  REQUEST_TIMEOUT(408, Category.RETRY),

  // Proof of possession and freshness.
  PROOF_INVALID(401, Category.DENY),
  PROOF_REPLAYED(401, Category.DENY),
  NONCE_INVALID(401, Category.DENY),
  NONCE_EXPIRED(401, Category.RETRY),
  NONCE_USED(409, Category.RETRY),
  ORIGIN_MISMATCH(401, Category.DENY),

  // Identity.
  TOKEN_MISSING(401, Category.DENY),
  TOKEN_MALFORMED(401, Category.DENY),
  TOKEN_ISSUER_UNKNOWN(401, Category.DENY),
  TOKEN_ALGORITHM_REFUSED(401, Category.DENY),
  TOKEN_SIGNATURE_INVALID(401, Category.DENY),
  TOKEN_AUDIENCE_MISMATCH(401, Category.DENY),
  TOKEN_EXPIRED(401, Category.DENY),
  TOKEN_NOT_YET_VALID(401, Category.DENY),
  TOKEN_CLAIM_MISSING(401, Category.DENY),
  TOKEN_KEYS_UNAVAILABLE(503, Category.RETRY),
  TOKEN_REFUSED(401, Category.DENY),
  CLUSTER_UNAVAILABLE(503, Category.RETRY),
  CLUSTER_ACCESS_REFUSED(503, Category.OPERATOR),
  CERTIFICATE_INVALID(401, Category.DENY),
  CERTIFICATE_EXPIRED(401, Category.DENY),
  TRUST_DOMAIN_UNKNOWN(401, Category.DENY),
  TRUST_BUNDLE_UNAVAILABLE(503, Category.RETRY),
  IDENTITY_UNAVAILABLE(503, Category.RETRY),

  // Evidence and policy.
  IDENTITY_REQUIRED(403, Category.DENY),
  IDENTITY_MISMATCH(403, Category.DENY),
  EVIDENCE_REQUIRED(403, Category.DENY),
  EVIDENCE_UNVERIFIABLE(403, Category.DENY),
  EVIDENCE_BINDING_MISMATCH(403, Category.DENY),
  POD_NOT_LIVE(403, Category.DENY),
  POSTURE_FORBIDDEN(403, Category.DENY),
  ACCESS_DENIED(403, Category.DENY),
  CONDITION_FAILED(403, Category.DENY),
  MODE_FORBIDDEN(403, Category.DENY),
  REVOKED(403, Category.DENY),
  POLICY_CHANGED(409, Category.RETRY),
  REVOCATION_UNKNOWN(404, Category.CALLER),

  // Policies that are approved before they take effect.
  POLICY_FILE_RULES(409, Category.CALLER),
  POLICY_INVALID(422, Category.CALLER),
  POLICY_VERSION_MISMATCH(409, Category.CALLER),
  APPROVALS_MISSING(403, Category.DENY),
  APPROVAL_INVALID(422, Category.DENY),
  DRY_RUN_ACTIVE(409, Category.CALLER),

  // Models, versions, drafts.
  VERSION_UNKNOWN(404, Category.CALLER),
  VERSION_EXISTS(409, Category.CALLER),
  VERSION_NOT_PUBLISHED(409, Category.CALLER),
  DATA_KEY_ERASED(410, Category.DENY),
  DRAFT_UNKNOWN(404, Category.CALLER),
  DRAFT_FENCED(409, Category.DENY),
  OBJECT_MISMATCH(409, Category.DENY),
  MANIFEST_INVALID(422, Category.DENY),
  MANIFEST_SIGNATURE_INVALID(422, Category.DENY),
  PUBLISHER_UNKNOWN(422, Category.DENY),
  MODEL_SIGNATURE_INVALID(422, Category.DENY),

  // Leases.
  LEASE_UNKNOWN(404, Category.DENY),
  LEASE_ENDED(410, Category.DENY),
  LEASE_SEQUENCE_MISMATCH(409, Category.RETRY),
  TOO_MANY_LEASES(429, Category.RETRY),

  // Load and availability.
  RATE_LIMITED(429, Category.RETRY),
  OVERLOADED(503, Category.RETRY),
  LOG_UNAVAILABLE(503, Category.OPERATOR),
  KEY_BACKEND_UNAVAILABLE(503, Category.RETRY),
  KEY_BACKEND_THROTTLED(503, Category.RETRY),
  KEK_UNUSABLE(503, Category.OPERATOR),
  KEK_ROTATION_UNSUPPORTED(422, Category.CALLER),
  KEK_ERASE_UNSUPPORTED(422, Category.CALLER),
  KEK_IN_USE(409, Category.CALLER),
  STORAGE_UNAVAILABLE(503, Category.RETRY),
  STORE_UNAVAILABLE(503, Category.OPERATOR),
  SHUTTING_DOWN(503, Category.RETRY),
  INTERNAL(500, Category.OPERATOR),

  // Configuration and start.
  CONFIGURATION_INVALID(500, Category.OPERATOR),
  KEY_FILE_INSECURE(500, Category.OPERATOR),
  KEY_FILE_MISSING(500, Category.OPERATOR),
  STORE_FILE_INSECURE(500, Category.OPERATOR),
  STORE_MISMATCH(500, Category.OPERATOR),
  KEY_UNWRAP_FAILED(500, Category.OPERATOR),
  KEK_NOT_CONFIGURED(500, Category.OPERATOR),

  // What a client finds when it verifies an answer.
  SERVICE_UNREACHABLE(503, Category.RETRY),
  EVIDENCE_UNAVAILABLE(503, Category.OPERATOR),
  GRANT_SIGNATURE_INVALID(502, Category.DENY),
  GRANT_MISMATCH(502, Category.DENY),
  RECEIPT_INVALID(502, Category.DENY),
  SEALED_KEY_INVALID(502, Category.DENY),
  KEY_COMMITMENT_MISMATCH(502, Category.DENY),
  MANIFEST_DIGEST_MISMATCH(502, Category.DENY),

  // Ciphertext and delivery.
  CIPHERTEXT_HEADER_INVALID(422, Category.DENY),
  CIPHERTEXT_CORRUPT(422, Category.DENY),
  CIPHERTEXT_LENGTH_MISMATCH(422, Category.DENY),
  OBJECT_CHANGED(412, Category.DENY),
  SOURCE_MISBEHAVED(502, Category.RETRY),
  SOURCE_UNAVAILABLE(503, Category.RETRY),
  URL_EXPIRED(403, Category.RETRY),
  STORAGE_HOST_REFUSED(502, Category.OPERATOR),
  TARGET_NOT_MEMORY(422, Category.OPERATOR),
  TARGET_TOO_SMALL(507, Category.OPERATOR),
  TARGET_OCCUPIED(409, Category.OPERATOR),
  SWAP_ENABLED(422, Category.OPERATOR),
  WIPE_INCOMPLETE(500, Category.OPERATOR),
  PLAINTEXT_DIGEST_MISMATCH(422, Category.DENY),

  // Publishing, at the publisher.
  SOURCE_CHANGED(409, Category.CALLER),
  SYMLINK_REFUSED(422, Category.CALLER),
  JOURNAL_MISMATCH(409, Category.CALLER),

  // The log, when it is verified.
  LOG_CORRUPT(422, Category.OPERATOR);

  /** What the one who receives the code should do. */
  public enum Category {
    /** Mend the request. */
    CALLER,
    /** The answer is no; asking again with the same input does not help. */
    DENY,
    /** Ask again, after a pause. */
    RETRY,
    /** Somebody who runs the system must act. */
    OPERATOR
  }

  private static final Set<ProblemCode> INTEGRITY =
      EnumSet.of(
          GRANT_SIGNATURE_INVALID,
          GRANT_MISMATCH,
          RECEIPT_INVALID,
          SEALED_KEY_INVALID,
          KEY_COMMITMENT_MISMATCH,
          MANIFEST_DIGEST_MISMATCH,
          MANIFEST_SIGNATURE_INVALID,
          MODEL_SIGNATURE_INVALID,
          CIPHERTEXT_HEADER_INVALID,
          CIPHERTEXT_CORRUPT,
          CIPHERTEXT_LENGTH_MISMATCH,
          OBJECT_CHANGED,
          OBJECT_MISMATCH,
          PLAINTEXT_DIGEST_MISMATCH,
          JOURNAL_MISMATCH,
          APPROVAL_INVALID,
          LOG_CORRUPT);

  private final int httpStatus;
  private final Category category;

  ProblemCode(int httpStatus, Category category) {
    this.httpStatus = httpStatus;
    this.category = category;
  }

  /** The status of an HTTP answer that carries this code. */
  public int httpStatus() {
    return httpStatus;
  }

  public Category category() {
    return category;
  }

  /** Whether it says that something is not what a signature, a digest or a log says. */
  public boolean isIntegrity() {
    return INTEGRITY.contains(this);
  }

  /** The spelling on the wire and for people: lower case with hyphens. */
  public String wireName() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The code of this spelling, or {@link #INTERNAL} where a newer peer sends one unknown here. */
  public static ProblemCode ofWireName(String wireName) {
    for (ProblemCode code : values()) {
      if (code.wireName().equals(wireName)) {
        return code;
      }
    }
    return INTERNAL;
  }
}
