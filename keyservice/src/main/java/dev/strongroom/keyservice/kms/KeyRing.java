package dev.strongroom.keyservice.kms;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import dev.strongroom.core.secret.SecretBytes;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The KEK in use, and former ones from which data keys still move to it. Everything is wrapped
 * under the one in use; what was wrapped is opened by the KEK that it names. A former KEK is never
 * wrapped under, rotated or tried for a data key that names another.
 */
public final class KeyRing implements KeyWrapper {
  private final Member inUse;
  private final List<Member> formers;

  /** No two members may cover one KEK version: {@link KeyBackends#openAll} sees to that. */
  public KeyRing(Member inUse, List<Member> formers) {
    this.inUse = inUse;
    this.formers = List.copyOf(formers);
  }

  /**
   * One KEK that is open.
   *
   * @param name for readiness, metrics and messages: {@code vault}, or {@code vault.former}
   * @param backend the kind of backend
   * @param kekId the KEK, as the backend names it
   * @param scope what it wrapped
   */
  public record Member(String name, String backend, String kekId, KeyWrapper kek, Scope scope) {

    /** Whether this is the KEK that a wrapped key names. */
    public boolean covers(KekVersion version) {
      return scope.covers(version);
    }
  }

  /** Which KEK versions are those of one KEK. Asks nobody. */
  @FunctionalInterface
  public interface Scope {
    boolean covers(KekVersion version);
  }

  public Member inUse() {
    return inUse;
  }

  /** In the order of the configuration. */
  public List<Member> formers() {
    return formers;
  }

  /** The former KEK that this is a version of; empty for the one in use, and for an unknown one. */
  public Optional<Member> formerOf(KekVersion version) {
    return inUse.covers(version)
        ? Optional.empty()
        : formers.stream().filter(former -> former.covers(version)).findFirst();
  }

  /** Whether any of them is the KEK of this version. */
  public boolean covers(KekVersion version) {
    return inUse.covers(version) || formerOf(version).isPresent();
  }

  @Override
  public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
    return inUse.kek().wrap(dataKey, context);
  }

  // What none of them covers is refused by the one in use, which says what it is.
  @Override
  public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
    return formerOf(KekVersion.of(wrapped)).orElse(inUse).kek().unwrap(wrapped, context);
  }

  /** Inside the backend where the data key stays under the same KEK and the backend can. */
  @Override
  public WrappedKey rewrap(WrappedKey wrapped, WrapContext context) {
    return formerOf(KekVersion.of(wrapped)).isPresent()
        ? KeyWrapper.super.rewrap(wrapped, context)
        : inUse.kek().rewrap(wrapped, context);
  }

  /** Of the KEK in use. */
  @Override
  public KekStatus status() {
    return inUse.kek().status();
  }

  /** Of the KEK in use. */
  @Override
  public KekStatus rotate() {
    return inUse.kek().rotate();
  }

  /** Not by itself: a KEK is named where one is destroyed. */
  @Override
  public void destroy(String version) {
    throw new Problem(ProblemCode.INTERNAL, "name the member whose KEK ends");
  }

  /** Every member. */
  public List<Member> members() {
    return Stream.concat(Stream.of(inUse), formers.stream()).toList();
  }

  @Override
  public void close() {
    inUse.kek().close();
    formers.forEach(former -> former.kek().close());
  }
}
