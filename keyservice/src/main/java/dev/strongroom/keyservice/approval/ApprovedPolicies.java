package dev.strongroom.keyservice.approval;

import dev.strongroom.core.encoding.Sha256Digest;
import dev.strongroom.core.event.LogEvent;
import dev.strongroom.core.manifest.DsseEnvelope;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.config.KeyServiceConfig.SubjectConfig;
import dev.strongroom.keyservice.ledger.AppliedPolicy;
import dev.strongroom.keyservice.ledger.Ledger;
import dev.strongroom.keyservice.policy.CandidatePolicy;
import dev.strongroom.keyservice.policy.CompiledPolicy;
import dev.strongroom.keyservice.policy.Policy;
import dev.strongroom.keyservice.policy.PolicyDocument;
import dev.strongroom.keyservice.policy.PolicySource;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Policies that came by {@code strongroom policy apply}. Before the first one nobody may do
 * anything but the administrators, who may apply it.
 */
public final class ApprovedPolicies implements PolicySource {
  /** A policy that allows nothing. */
  private static final String NOTHING = "format: " + PolicyDocument.FORMAT;

  private final String origin;
  private final Approvers approvers;
  private final List<SubjectConfig> administrators;
  private final PolicyStore store;
  private final Ledger ledger;
  private final InstantSource clock;
  private volatile InForce current;

  /**
   * What is in force.
   *
   * @param approved null before the first
   */
  public record InForce(CompiledPolicy policy, @Nullable ApprovedPolicy approved) {
    /** 0 before the first. */
    public long version() {
      return approved == null ? 0 : approved.statement().version();
    }

    /** Digest of what was signed; null before the first. */
    public @Nullable Sha256Digest statement() {
      return approved == null ? null : approved.digest();
    }
  }

  private ApprovedPolicies(
      String origin,
      Approvers approvers,
      List<SubjectConfig> administrators,
      PolicyStore store,
      Ledger ledger,
      InstantSource clock) {
    this.origin = origin;
    this.approvers = approvers;
    this.administrators = List.copyOf(administrators);
    this.store = store;
    this.ledger = ledger;
    this.clock = clock;
    this.current = load();
  }

  /**
   * Loads the newest policy and verifies its approvals again. Nothing is recorded yet: see {@link
   * #begin}.
   *
   * @throws Problem {@link ProblemCode#STORE_MISMATCH} when the store is not what the log says, or
   *     its policy is not what enough of the approvers signed
   */
  public static ApprovedPolicies open(
      String origin,
      Approvers approvers,
      List<SubjectConfig> administrators,
      PolicyStore store,
      Ledger ledger,
      InstantSource clock) {
    return new ApprovedPolicies(origin, approvers, administrators, store, ledger, clock);
  }

  private InForce load() {
    InForce loaded = newest();
    AppliedPolicy logged = ledger.view().policy();
    // One more than the log says: the entry was not written before the service ended.
    boolean isLogged =
        loaded.version() == logged.version()
            && Objects.equals(loaded.statement(), logged.statement());
    boolean isNext =
        loaded.approved() != null
            && loaded.version() == logged.version() + 1
            && Objects.equals(loaded.approved().statement().predecessor(), logged.statement());
    if (!isLogged && !isNext) {
      throw new Problem(
          ProblemCode.STORE_MISMATCH,
          "the log says that version "
              + logged.version()
              + " of the policy was in force, and the store has version "
              + loaded.version()
              + (loaded.version() == logged.version() ? " with another content" : "")
              + ": restore the store from a backup that is not older than the log");
    }
    return loaded;
  }

  private InForce newest() {
    Optional<PolicyStore.Stored> stored = newestStored();
    if (stored.isEmpty()) {
      return compiled(null, CandidatePolicy.document(NOTHING));
    }
    try {
      ApprovedPolicy approved = approvers.verify(stored.get().envelope(), origin);
      if (approved.statement().version() != stored.get().version()) {
        throw new Problem(
            ProblemCode.STORE_MISMATCH,
            "its row says version "
                + stored.get().version()
                + ", and its approvers signed version "
                + approved.statement().version());
      }
      return compiled(approved, approved.document());
    } catch (Problem e) {
      throw new Problem(
          ProblemCode.STORE_MISMATCH,
          "the policy in the store (version "
              + stored.get().version()
              + ") is not one that may be in force: "
              + e.getMessage()
              + ". Where approvers were changed, let the former ones rule until the new ones have"
              + " approved it too; otherwise restore the store",
          e);
    }
  }

  private Optional<PolicyStore.Stored> newestStored() {
    try {
      return store.newest();
    } catch (RuntimeException e) {
      throw new Problem(
          ProblemCode.STORE_MISMATCH,
          "the policy in the store cannot be read; restore the store from a backup",
          e);
    }
  }

  private InForce compiled(@Nullable ApprovedPolicy approved, PolicyDocument document) {
    return new InForce(new CompiledPolicy(document.withAdministrators(administrators)), approved);
  }

  @Override
  public void begin() {
    InForce loaded = current;
    AppliedPolicy logged = ledger.view().policy();
    if (!loaded.policy().digest().equals(logged.digest()) || loaded.version() != logged.version()) {
      commit(loaded, null);
    }
  }

  @Override
  public CompiledPolicy get() {
    return current.policy();
  }

  /** The policy with what is known of its approval. */
  public InForce inForce() {
    return current;
  }

  public Approvers approvers() {
    return approvers;
  }

  /** What was applied, the newest first. */
  public List<PolicyStore.Stored> history(int limit) {
    return store.list(limit);
  }

  /**
   * A policy that is or was in force.
   *
   * @throws Problem {@link ProblemCode#STORE_MISMATCH}, see {@link PolicyStore#find}
   */
  public Optional<PolicyStore.Stored> version(long version) {
    InForce head = current;
    return store.find(version, head.version(), head.statement());
  }

  @Override
  public Policy reload() {
    throw new Problem(
        ProblemCode.APPROVALS_MISSING,
        "no file is read: policies come with their approvals, by 'strongroom policy apply'");
  }

  @Override
  public Optional<Policy> look() {
    return Optional.empty();
  }

  /**
   * Puts a policy in force. The one that is in force already may come again, with other approvals,
   * so that approvers can be changed.
   *
   * @param by {@code issuer|subject} of who sent it
   * @throws Problem what {@link Approvers#verify} throws; {@link
   *     ProblemCode#POLICY_VERSION_MISMATCH} when it does not follow the one in force; {@link
   *     ProblemCode#LOG_UNAVAILABLE}
   */
  public synchronized InForce apply(DsseEnvelope envelope, String by) {
    ApprovedPolicy approved = approvers.verify(envelope, origin);
    InForce before = current;
    if (!approved.digest().equals(before.statement())) {
      requireNext(approved.statement(), before);
    }
    InForce next = compile(approved);
    Optional<PolicyStore.Stored> replaced = store.find(next.version());
    store.put(
        new PolicyStore.Stored(next.version(), approved.digest(), envelope, clock.millis(), by));
    try {
      commit(next, by);
    } catch (RuntimeException e) {
      if (!next.equals(current)) {
        replaced.ifPresentOrElse(store::put, () -> store.remove(next.version()));
      }
      throw e;
    }
    return next;
  }

  private InForce compile(ApprovedPolicy approved) {
    try {
      return compiled(approved, approved.document());
    } catch (Problem e) {
      throw new Problem(ProblemCode.POLICY_INVALID, String.valueOf(e.getMessage()), e);
    }
  }

  private static void requireNext(PolicyStatement statement, InForce before) {
    if (statement.version() != before.version() + 1
        || !Objects.equals(statement.predecessor(), before.statement())) {
      throw new Problem(
          ProblemCode.POLICY_VERSION_MISMATCH,
          "version "
              + before.version()
              + " is in force ("
              + (before.statement() == null ? "none was approved yet" : before.statement().hex())
              + "), and this is version "
              + statement.version()
              + ", approved to follow "
              + (statement.predecessor() == null ? "none" : statement.predecessor().hex())
              + "; have it approved anew from the policy file");
    }
  }

  private void commit(InForce next, @Nullable String by) {
    ApprovedPolicy approved = next.approved();
    ledger.commit(view -> {
      current = next;
      return approved == null
          ? LogEvent.PolicyApplied.ofFile(clock.millis(), next.policy().digest())
          : new LogEvent.PolicyApplied(
              clock.millis(),
              next.policy().digest(),
              next.version(),
              approved.digest(),
              approved.approvers(),
              by);
    });
  }
}
