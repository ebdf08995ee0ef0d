package dev.strongroom.keyservice.kms.vault;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.problem.ProblemCode;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The token in use. A thread of its own renews it when two thirds of its life are over, and logs in
 * anew where it cannot be renewed. A token that Vault no longer knows is replaced at the call that
 * finds out: no restart is needed. One login is under way at a time; after one that failed, the
 * next waits a moment, however many callers ask.
 */
final class VaultSession implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VaultSession.class);
  private static final Duration LOGIN_PAUSE = Duration.ofMillis(500);
  private static final Duration RENEW_PAUSE = Duration.ofSeconds(1);

  /** A renewal that gives less than this part of the first life is the last: log in anew. */
  private static final int LEAST_PART = 3;

  private sealed interface State {

    /**
     * @param firstLife of the token when it was new
     * @param renewAt {@link Instant#MAX} for a token that does not end
     */
    record LoggedIn(
        VaultToken token, Duration firstLife, Instant renewAt, Instant endsAt, long login)
        implements State {}

    /**
     * @param again no login is tried before
     */
    record LoggedOut(Instant again, String why) implements State {}
  }

  private final VaultLogin vault;
  private final InstantSource clock;
  private final Duration loginTimeout;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread keeper;

  private volatile State state;
  private volatile boolean closed;
  private volatile long logins;

  VaultSession(VaultLogin vault, InstantSource clock, Duration loginTimeout) {
    this.vault = vault;
    this.clock = clock;
    this.loginTimeout = loginTimeout;
    this.state = new State.LoggedOut(Instant.MIN, "");
    this.keeper = Thread.ofVirtual().name("vault-token").unstarted(this::keep);
    keeper.start();
  }

  /**
   * A token that is alive as far as is known, and the number of its login.
   *
   * @param login counts from 1
   */
  record Ticket(String token, long login) {

    /** Never the token. */
    @Override
    public String toString() {
      return "Ticket[login=" + login + "]";
    }
  }

  /**
   * The token to call with; logs in when there is none.
   *
   * @throws Problem {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when Vault gives none
   */
  Ticket ticket(Deadline deadline) {
    if (state instanceof State.LoggedIn in && clock.instant().isBefore(in.endsAt())) {
      return new Ticket(in.token().value(), in.login());
    }
    deadline.lock(lock);
    try {
      if (state instanceof State.LoggedIn in && clock.instant().isBefore(in.endsAt())) {
        return new Ticket(in.token().value(), in.login());
      }
      State.LoggedIn in = login(deadline);
      return new Ticket(in.token().value(), in.login());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Vault has answered 403 to a call with this ticket: replaces its token if it is dead.
   *
   * @throws Problem {@link ProblemCode#KEK_UNUSABLE} when the token is alive, so that it is its
   *     policy that refuses; {@link ProblemCode#KEY_BACKEND_UNAVAILABLE} when no other is to be had
   */
  void refused(Ticket ticket, String what, Deadline deadline) {
    deadline.lock(lock);
    try {
      if (!(state instanceof State.LoggedIn in) || in.login() != ticket.login()) {
        return;
      }
      if (vault.isAlive(ticket.token(), deadline)) {
        throw new Problem(
            ProblemCode.KEK_UNUSABLE,
            "the policy of the service's token does not allow "
                + what
                + ": see docs/guide/key-backends/vault.md for the policy it needs");
      }
      LOG.atWarn().log("Vault no longer knows the service's token: logging in again");
      login(deadline);
    } finally {
      lock.unlock();
    }
  }

  /** How often a token was got so far. */
  long logins() {
    return logins;
  }

  /** Gives the token back, where that can be done in time. */
  @Override
  public void close() {
    closed = true;
    Deadline deadline = Deadline.in(loginTimeout);
    try {
      deadline.lock(lock);
    } catch (Problem e) {
      // A call of Vault is under way: whoever makes it gives back what it gets.
      keeper.interrupt();
      return;
    }
    try {
      changed.signalAll();
      var _ = givenBack(deadline);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Gives the token back; who needs one next logs in.
   *
   * @return the status of Vault's answer; empty where the token is somebody else's
   */
  Optional<Integer> giveBack(Deadline deadline) {
    deadline.lock(lock);
    try {
      return givenBack(deadline);
    } finally {
      lock.unlock();
    }
  }

  // The lock is held.
  private Optional<Integer> givenBack(Deadline deadline) {
    if (!(state instanceof State.LoggedIn in)) {
      return Optional.empty();
    }
    state = new State.LoggedOut(Instant.MIN, "");
    return vault.giveBack(in.token(), deadline);
  }

  // The lock is held.
  private State.LoggedIn login(Deadline deadline) {
    requireOpen();
    switch (state) {
      case State.LoggedOut out when clock.instant().isBefore(out.again()) ->
          throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, out.why());
      case State.LoggedOut out -> {}
      case State.LoggedIn in -> {}
    }
    try {
      return loggedInAnew(deadline);
    } catch (Problem e) {
      enter(new State.LoggedOut(clock.instant().plus(LOGIN_PAUSE), String.valueOf(e.getMessage())));
      throw e;
    }
  }

  // The lock is held.
  private State.LoggedIn loggedInAnew(Deadline deadline) {
    VaultToken token = vault.login(deadline);
    if (closed) {
      var _ = vault.giveBack(token, deadline);
    }
    requireOpen();
    State.LoggedIn in = loggedIn(token, token.lifetime(), nextLogin());
    enter(in);
    return in;
  }

  private State.LoggedIn loggedIn(VaultToken token, Duration firstLife, long login) {
    if (token.lifetime().isZero()) {
      return new State.LoggedIn(token, firstLife, Instant.MAX, Instant.MAX, login);
    }
    Instant now = clock.instant();
    return new State.LoggedIn(
        token,
        firstLife,
        now.plus(token.lifetime().multipliedBy(2).dividedBy(3)),
        now.plus(token.lifetime()),
        login);
  }

  // The lock is held.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private long nextLogin() {
    return ++logins;
  }

  private void enter(State next) {
    state = next;
    changed.signalAll();
  }

  private void keep() {
    lock.lock();
    try {
      while (!closed) {
        long nanos = untilDue();
        if (nanos > 0) {
          changed.awaitNanos(nanos);
        } else if (state instanceof State.LoggedIn in) {
          prolong(in);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  // Nothing is due where whoever needs a token next logs in.
  private long untilDue() {
    return state instanceof State.LoggedIn in && !in.renewAt().equals(Instant.MAX)
        ? Duration.between(clock.instant(), in.renewAt()).toNanos()
        : Long.MAX_VALUE;
  }

  // The lock is held: callers with a token that is alive do not need it.
  private void prolong(State.LoggedIn in) {
    if (in.token().renewable() && renewed(in)) {
      return;
    }
    try {
      loggedInAnew(Deadline.in(loginTimeout));
    } catch (Problem e) {
      LOG.atWarn().addKeyValue("why", e.getMessage()).log("the token of Vault is not renewed");
      Instant again = clock.instant().plus(RENEW_PAUSE);
      enter(new State.LoggedIn(in.token(), in.firstLife(), again, in.endsAt(), in.login()));
    }
  }

  private boolean renewed(State.LoggedIn in) {
    try {
      VaultToken token = vault.renew(in.token(), Deadline.in(loginTimeout));
      if (token.lifetime().multipliedBy(LEAST_PART).compareTo(in.firstLife()) < 0) {
        return false;
      }
      enter(loggedIn(token, in.firstLife(), in.login()));
      return true;
    } catch (Problem e) {
      // Revoked, perhaps: a login tells. Each one may use up a secret id.
      LOG.atWarn()
          .addKeyValue("why", e.getMessage())
          .log("Vault does not renew the service's token: logging in anew");
      return false;
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new Problem(ProblemCode.KEY_BACKEND_UNAVAILABLE, "the key backend has been closed");
    }
  }
}
