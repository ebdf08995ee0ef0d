package dev.strongroom.keyservice.policy.dryrun;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.keyservice.policy.record.PolicyQuestion;
import dev.strongroom.keyservice.policy.record.Verdict;
import java.util.List;

/**
 * What a dry run found.
 *
 * @param id of this run; it grows with each since the start of the service
 * @param running whether it goes on
 * @param by {@code issuer|subject} of who began it
 * @param since RFC 3339
 * @param until when it ends by itself, or ended; RFC 3339
 * @param judged requests that both policies judged
 * @param same of them, those that both answer alike
 * @param allowed that only the candidate would allow
 * @param refused that only the candidate would refuse
 * @param otherwise that both refuse with different codes, or allow with different terms
 * @param unjudged requests that came faster than the candidate answers, or waited at the end
 * @param differences the first that differ, each kind once; more kinds are only counted
 */
public record Report(
    long id,
    boolean running,
    Sha256Digest candidate,
    String by,
    String since,
    String until,
    long judged,
    long same,
    long allowed,
    long refused,
    long otherwise,
    long unjudged,
    List<Difference> differences) {
  public Report {
    differences = List.copyOf(differences);
  }

  /**
   * Requests of one subject for one target that the policies answer differently.
   *
   * @param count how many alike
   * @param first of them
   */
  public record Difference(long count, Verdict inForce, Verdict candidate, PolicyQuestion first) {}
}
