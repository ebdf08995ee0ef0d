package dev.strongroom.keyservice.approval;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.json.CanonicalJson;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.problem.Require;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import org.jspecify.annotations.Nullable;

/**
 * What approvers sign ({@code docs/spec/policy.md}, section "Approval"): one policy, for one
 * service, as the successor of one other. It cannot be used for another service, nor brought back
 * after a later one.
 *
 * @param format {@value #FORMAT}
 * @param origin of the service
 * @param version one more than the policy that it follows; 1 for the first
 * @param predecessor digest of the statement that it follows; null for the first
 * @param policy the policy as it is written, YAML
 * @param reason for people; null where none is given
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record PolicyStatement(
    String format,
    String origin,
    long version,
    @Nullable Sha256Digest predecessor,
    String policy,
    @Nullable String reason) {
  public static final String FORMAT = "strongroom-policy-statement/v1";

  /** The payload type of its envelope. */
  public static final String PAYLOAD_TYPE = "application/vnd.strongroom.policy.v1+json";

  /** Of the canonical JSON. */
  public static final int MAX_BYTES = 512 << 10;

  private static final int MAX_REASON = 1_000;

  /**
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST}
   */
  public PolicyStatement {
    Require.that(FORMAT.equals(format), "format: '" + FORMAT + "' is wanted");
    Require.present(origin, "origin");
    Require.present(policy, "policy");
    Require.that(version >= 1, "versions are counted from 1");
    Require.that(
        (version == 1) == (predecessor == null), "every version but the first has a predecessor");
    Require.that(
        reason == null || (!reason.isBlank() && reason.length() <= MAX_REASON),
        "a reason has 1 to " + MAX_REASON + " characters");
  }

  /**
   * The statement that follows another.
   *
   * @param head the version in force; 0 for none
   * @param predecessor digest of its statement; null for none
   */
  public static PolicyStatement after(
      String origin,
      long head,
      @Nullable Sha256Digest predecessor,
      String policy,
      @Nullable String reason) {
    return new PolicyStatement(FORMAT, origin, head + 1, predecessor, policy, reason);
  }

  /**
   * Reads what was signed.
   *
   * @throws Problem {@link ProblemCode#MALFORMED_REQUEST}, {@link ProblemCode#TOO_LARGE}
   */
  public static PolicyStatement parse(byte[] payload) {
    return CanonicalJson.parseCanonical(payload, PolicyStatement.class, MAX_BYTES);
  }

  /** What is signed: canonical JSON (RFC 8785). */
  public byte[] bytes() {
    return CanonicalJson.writeRecord(this);
  }

  /** SHA-256 over what is signed. */
  public Sha256Digest digest() {
    return Sha256Digest.of(bytes());
  }

  /**
   * The policy, read.
   *
   * @throws Problem {@link ProblemCode#POLICY_INVALID} that names every fault with its line
   */
  public PolicyDocument document() {
    return CandidatePolicy.document(policy);
  }
}
