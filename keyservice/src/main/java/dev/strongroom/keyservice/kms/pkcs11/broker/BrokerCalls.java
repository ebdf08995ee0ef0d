package dev.strongroom.keyservice.kms.pkcs11.broker;

import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Outcome;
import dev.strongroom.keyservice.kms.pkcs11.wire.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers what the service asks. Thread-safe. */
final class BrokerCalls {
  /**
   * How often a call must fail, and the canary unwrap after each, before it is called wrong or
   * refused. A token that comes and goes would have to fail and work in turn as often.
   */
  private static final int ROUNDS = 3;

  private static final int ATTEMPTS = 2;
  private static final byte[] NOTHING = new byte[0];

  private volatile @Nullable OpenToken token;

  /** The answer; never an exception. */
  Message answer(Message request) {
    long id = request.id();
    try {
      return switch (request.request()) {
        case OPEN -> open(request);
        case WRAP -> wrap(request);
        case UNWRAP -> unwrap(request);
        case STATUS -> status(id, true);
        case ROTATE -> {
          token().rotate();
          yield status(id, false);
        }
        case DESTROY -> {
          token().destroy(request.text(0));
          yield status(id, false);
        }
      };
    } catch (UnusableException e) {
      return Message.answer(id, Outcome.UNUSABLE, String.valueOf(e.getMessage()));
    } catch (AbsentException e) {
      return Message.answer(id, Outcome.FAULT, String.valueOf(e.getMessage()));
    } catch (GeneralSecurityException | IOException | RuntimeException e) {
      return Message.answer(id, outcome(e), CkrFault.name(e));
    } finally {
      request.wipe();
    }
  }

  private static Outcome outcome(Exception e) {
    if (CkrFault.pinRefused(e)) {
      return Outcome.PIN_REFUSED;
    }
    return CkrFault.busy(e) ? Outcome.BUSY : Outcome.FAULT;
  }

  /** How many calls are answered at once. */
  int sessions() {
    return token().sessions();
  }

  private OpenToken token() {
    OpenToken open = token;
    if (open == null) {
      throw new IllegalStateException("the first request opens the token");
    }
    return open;
  }

  private Message open(Message request) throws GeneralSecurityException, IOException {
    OpenToken opened = OpenToken.open(request);
    token = opened;
    return opened.newest() == null
        ? Message.answer(
            request.id(),
            Outcome.UNKNOWN_KEK,
            "the token '" + request.text(2) + "' has no secret key '" + request.text(6) + "'")
        : status(request.id(), false);
  }

  private Message status(long id, boolean look) throws GeneralSecurityException, IOException {
    if (look) {
      token().reload();
    }
    List<byte[]> fields = new ArrayList<>();
    fields.add(text(String.valueOf(sessions())));
    for (OpenKek each : token().versions().values()) {
      fields.add(text(String.valueOf(each.version())));
      fields.add(each.canary().wrapped());
    }
    return Message.answer(id, Outcome.DONE, fields.toArray(byte[][]::new));
  }

  private Message wrap(Message request) throws GeneralSecurityException {
    OpenKek newest = token().newest();
    if (newest == null) {
      return Message.answer(request.id(), Outcome.UNKNOWN_KEK, "it has no KEK any more");
    }
    return judged(
        request,
        newest,
        () ->
            Message.answer(
                request.id(),
                Outcome.DONE,
                text(String.valueOf(newest.version())),
                newest.kek().wrap(request.field(0), request.field(1))));
  }

  private Message unwrap(Message request) throws GeneralSecurityException, IOException {
    int version = Integer.parseInt(request.text(0));
    OpenKek kek = token().version(version);
    if (kek == null) {
      token().reload();
      kek = token().version(version);
    }
    if (kek == null) {
      return Message.answer(
          request.id(),
          Outcome.UNKNOWN_KEK,
          "it has no version "
              + version
              + " of the KEK any more: restore the token from its backup");
    }
    if (!kek.kek().hasForm(request.field(1))) {
      return Message.answer(request.id(), Outcome.REJECTED, "it has another form");
    }
    Kek opener = kek.kek();
    return judged(
        request,
        kek,
        () ->
            Message.answer(
                request.id(), Outcome.DONE, opener.unwrap(request.field(1), request.field(2))));
  }

  /** One use of the token. */
  @FunctionalInterface
  private interface Use {
    Message make() throws GeneralSecurityException;
  }

  /**
   * What was asked for, or what a token that works says of it. One wrapping that a token answers
   * oddly must not look like a token that is lost, nor a token that only does not wrap any more:
   * everybody else's calls would end with it.
   *
   * @throws GeneralSecurityException when the token does not work, as the two other exceptions
   */
  private static Message judged(Message request, OpenKek kek, Use use)
      throws GeneralSecurityException {
    boolean hasTag = request.request() == Request.UNWRAP;
    int faults = 0;
    String odd = null;
    for (int round = 0; round < ROUNDS; ) {
      try {
        return use.make();
      } catch (GeneralSecurityException | RuntimeException e) {
        if (CkrFault.ofSessionOrDevice(e)) {
          if (++faults == ATTEMPTS) {
            throw e;
          }
        } else {
          kek.canary().prove(kek.kek());
          round++;
          odd = hasTag && CkrFault.perhapsBadTag(e) ? odd : CkrFault.name(e);
        }
      }
    }
    return odd == null
        ? Message.answer(request.id(), Outcome.REJECTED, NOTHING)
        : Message.answer(request.id(), Outcome.REFUSED, odd);
  }

  private static byte[] text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }
}
