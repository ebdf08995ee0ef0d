package dev.strongroom.keyservice.approval;

import dev.strongroom.core.jose.PublicKeys;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.manifest.DsseSigner;
import dev.strongroom.core.manifest.PublisherKey;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.PolicyConfig;
import dev.strongroom.keyservice.config.PolicyConfig.ApproverConfig;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Those whose signatures put a policy in force, and how many of them it takes. Immutable. */
public final class Approvers {
  private final Map<String, DsseSigner.Signer> byKey;
  private final List<String> names;
  private final int threshold;

  private Approvers(Map<String, DsseSigner.Signer> byKey, List<String> names, int threshold) {
    this.byKey = Map.copyOf(byKey);
    this.names = List.copyOf(names);
    this.threshold = threshold;
  }

  /**
   * Reads their keys.
   *
   * @throws Problem {@link ProblemCode#KEY_FILE_MISSING}, {@link ProblemCode#CONFIGURATION_INVALID}
   *     also when two of them have one key: one person would count twice
   */
  public static Approvers of(PolicyConfig config) {
    Map<String, DsseSigner.Signer> byKey = new LinkedHashMap<>();
    List<String> names = new ArrayList<>();
    for (ApproverConfig each : config.approvers()) {
      String where = "policy.approvers[" + names.size() + "].publicKeyFile: ";
      PublicKey key = read(where, each);
      if (byKey.put(PublicKeys.keyId(key).hex(), new DsseSigner.Signer(each.name(), key)) != null) {
        throw new Problem(
            ProblemCode.CONFIGURATION_INVALID, where + "another approver has this key already");
      }
      names.add(each.name());
    }
    return new Approvers(byKey, names, config.threshold());
  }

  private static PublicKey read(String where, ApproverConfig approver) {
    try {
      return PublisherKey.readPublic(approver.publicKeyFile());
    } catch (Problem e) {
      throw new Problem(e.code(), where + e.getMessage(), e);
    }
  }

  public List<String> names() {
    return names;
  }

  public int threshold() {
    return threshold;
  }

  /**
   * Reads what enough approvers signed; nothing of it is looked at before the signatures hold.
   *
   * @throws Problem {@link ProblemCode#APPROVAL_INVALID} for a signature that does not fit, or
   *     another service; {@link ProblemCode#APPROVALS_MISSING}; {@link ProblemCode#POLICY_INVALID};
   *     {@link ProblemCode#MALFORMED_REQUEST}
   */
  public ApprovedPolicy verify(DsseEnvelope envelope, String origin) {
    if (!envelope.payloadType().equals(PolicyStatement.PAYLOAD_TYPE)) {
      throw new Problem(
          ProblemCode.MALFORMED_REQUEST,
          "the envelope holds something else than a policy (" + PolicyStatement.PAYLOAD_TYPE + ")");
    }
    List<String> signed = DsseSigner.signers(envelope, byKey);
    if (signed.size() < threshold) {
      throw new Problem(
          ProblemCode.APPROVALS_MISSING,
          threshold
              + " of "
              + String.join(", ", names)
              + " must approve; signed "
              + (signed.isEmpty() ? "none of them" : "only " + String.join(", ", signed))
              + ". Have others run: strongroom policy approve FILE --key KEY");
    }
    PolicyStatement statement = PolicyStatement.parse(envelope.payload());
    if (!statement.origin().equals(origin)) {
      throw new Problem(
          ProblemCode.APPROVAL_INVALID,
          "this was approved for the service "
              + statement.origin()
              + ", and this one is "
              + origin
              + "; approve it for this one");
    }
    return new ApprovedPolicy(statement, statement.digest(), signed, statement.document());
  }
}
