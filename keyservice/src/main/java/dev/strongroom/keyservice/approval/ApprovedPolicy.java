package dev.strongroom.keyservice.approval;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.keyservice.policy.PolicyDocument;
import java.util.List;

/**
 * A policy whose approvals were verified.
 *
 * @param digest SHA-256 over what was signed
 * @param approvers by name, those whose signatures counted
 * @param document without the administrators of the configuration
 */
public record ApprovedPolicy(
    PolicyStatement statement,
    Sha256Digest digest,
    List<String> approvers,
    PolicyDocument document) {
  public ApprovedPolicy {
    approvers = List.copyOf(approvers);
  }
}
