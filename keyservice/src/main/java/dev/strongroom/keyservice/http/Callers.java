package dev.strongroom.keyservice.http;

import dev.strongroom.core.id.ModelName;
import dev.strongroom.core.id.VersionId;
import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.keyservice.grant.Authoriser;
import dev.strongroom.keyservice.grant.DenialSummary;
import dev.strongroom.keyservice.grant.RequestLimits;
import dev.strongroom.keyservice.policy.Action;
import dev.strongroom.keyservice.proof.DpopVerifier;
import dev.strongroom.keyservice.proof.ProvenCaller;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Who calls: the front of every endpoint but the nonce, the grant and the opening of a draft. */
public final class Callers {
  private final DpopVerifier proofs;
  private final RequestLimits limits;
  private final Authoriser authoriser;
  private final DenialSummary denials;

  public Callers(
      DpopVerifier proofs, RequestLimits limits, Authoriser authoriser, DenialSummary denials) {
    this.proofs = proofs;
    this.limits = limits;
    this.authoriser = authoriser;
    this.denials = denials;
  }

  /** An endpoint for whoever proves an identity; what it may do is for the endpoint to ask. */
  public Endpoint proven(Proven endpoint) {
    return proven((head, caller) -> {}, endpoint);
  }

  /**
   * As {@link #proven(Proven)}, for bodies so large that not every identity may fill the memory
   * with one.
   *
   * @param gate asked before a large body is read, and by no other request
   */
  public Endpoint proven(Gate gate, Proven endpoint) {
    return new ProvenEndpoint(gate, endpoint);
  }

  /** Verifies token and proof, at once or before a large body, and then asks the endpoint. */
  private final class ProvenEndpoint implements Endpoint {
    private final Gate gate;
    private final Proven endpoint;

    ProvenEndpoint(Gate gate, Proven endpoint) {
      this.gate = gate;
      this.endpoint = endpoint;
    }

    @Override
    public Answer answer(Call call) {
      DpopVerifier.Unspent unspent = counted(() -> requireBody(check(call), call));
      // The limit comes first: a request beyond it takes no place among the remembered proofs.
      return limits.within(unspent.caller().identity(), () -> endpoint.answer(call, used(unspent)));
    }

    // The proof is used up here: a second request with it does not get as far as a body.
    @Override
    public Admission admit(Call head) {
      DpopVerifier.Unspent unspent = counted(() -> check(head));
      RequestLimits.Place place = limits.enter(unspent.caller().identity());
      try {
        gate.require(head, used(unspent));
      } catch (RuntimeException | Error refused) {
        place.close();
        throw refused;
      }
      return new Admission(
          call -> endpoint.answer(call, counted(() -> requireBody(unspent, call)).caller()),
          place::close);
    }

    private ProvenCaller used(DpopVerifier.Unspent unspent) {
      return counted(() -> proofs.use(unspent));
    }

    private static DpopVerifier.Unspent requireBody(DpopVerifier.Unspent unspent, Call call) {
      unspent.requireBody(call.body());
      return unspent;
    }
  }

  /** An endpoint for whom the policy allows one of these actions on no model in particular. */
  public Endpoint allowed(List<Action> actions, Proven endpoint) {
    return proven((call, caller) -> {
      authoriser.require(actions, caller, null, null, call.peerAddress());
      return endpoint.answer(call, caller);
    });
  }

  /** As {@link #allowed(List, Proven)}, on the model and version that the call names. */
  public Endpoint allowed(
      List<Action> actions,
      Function<Call, @Nullable ModelName> model,
      Function<Call, @Nullable VersionId> version,
      Proven endpoint) {
    return proven((call, caller) -> {
      authoriser.require(
          actions, caller, model.apply(call), version.apply(call), call.peerAddress());
      return endpoint.answer(call, caller);
    });
  }

  private DpopVerifier.Unspent check(Call call) {
    return proofs.checkHead(
        call.method(),
        call.path(),
        one(call.authorization(), "Authorization"),
        one(call.proofs(), "DPoP"),
        call.certificates());
  }

  private <T> T counted(Supplier<T> step) {
    try {
      return step.get();
    } catch (Problem e) {
      denials.count(e.code());
      throw e;
    }
  }

  private static @Nullable String one(List<String> headers, String name) {
    if (headers.size() > 1) {
      throw new Problem(
          ProblemCode.PROOF_INVALID, "send one " + name + " header, not " + headers.size());
    }
    return headers.isEmpty() ? null : headers.get(0);
  }

  /** Says who may send a large body. */
  @FunctionalInterface
  public interface Gate {
    /**
     * @throws Problem to refuse; the body is not read then
     */
    void require(Call head, ProvenCaller caller);
  }

  /** Answers a call of a proven caller. */
  @FunctionalInterface
  public interface Proven {
    Answer answer(Call call, ProvenCaller caller);
  }
}
