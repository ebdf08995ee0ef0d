package dev.strongroom.keyservice.kms.pkcs11;

import dev.strongroom.core.problem.Problem;
import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Request;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What each new broker is told, and what is known from the ones before: the canaries, so that a key
 * that took the label of the KEK is noticed; the PIN that was refused, so that it is not tried
 * until the token locks; and the PIN that was taken, so that it is tried although somebody else
 * mistyped one.
 */
final class TokenOpening implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TokenOpening.class);

  private final Pkcs11Uri uri;
  private final String moduleArguments;
  private final int sessions;
  private final TokenPin pin;
  private final boolean mayBeGone;
  private volatile NavigableMap<Integer, byte[]> canaries = new TreeMap<>();
  private @Nullable SecretBytes refusedPin;
  private @Nullable SecretBytes takenPin;

  /**
   * @param mayBeGone whether the token is open without any key of the KEK, too
   */
  TokenOpening(
      Pkcs11Uri uri, String moduleArguments, int sessions, TokenPin pin, boolean mayBeGone) {
    this.uri = uri;
    this.moduleArguments = moduleArguments;
    this.sessions = sessions;
    this.pin = pin;
    this.mayBeGone = mayBeGone;
  }

  /** Opens the token in a broker that has just started. */
  synchronized BrokerState open(BrokerConnection connection, Duration timeout) {
    try (SecretBytes current = pin.read()) {
      if (refusedPin != null && refusedPin.use(current::sameAs)) {
        return new BrokerState.Unusable(
            "its PIN was refused, and is not tried again because that may lock the token: correct"
                + " the PIN, then restart the service or change the file");
      }
      Message answer = ask(connection, timeout, current);
      return switch (answer.outcome()) {
        case DONE -> {
          learn(answer);
          if (!isTaken(current)) {
            forgetTaken();
            takenPin = current.copy();
          }
          yield new BrokerState.Ready(connection);
        }
        case PIN_REFUSED -> {
          forgetRefused();
          refusedPin = current.copy();
          if (isTaken(current)) {
            forgetTaken();
          }
          yield new BrokerState.Unusable("it refuses the PIN (" + answer.text(0) + ")");
        }
        case UNKNOWN_KEK -> {
          if (!mayBeGone) {
            yield new BrokerState.Unusable(answer.text(0));
          }
          LOG.atWarn()
              .addKeyValue("kek", uri.object())
              .log("the former KEK is gone, and nothing is under it: take it out of formerKeks");
          yield new BrokerState.Ready(connection);
        }
        case UNUSABLE -> new BrokerState.Unusable(answer.text(0));
        case FAULT, BUSY, REJECTED, REFUSED -> new BrokerState.Away(answer.text(0), 0);
      };
    } catch (BrokerLostException e) {
      return new BrokerState.Away(String.valueOf(e.getMessage()), 0);
    } catch (Problem e) {
      return new BrokerState.Unusable("its PIN cannot be read: " + e.getMessage());
    }
  }

  private Message ask(BrokerConnection connection, Duration timeout, SecretBytes current)
      throws BrokerLostException {
    List<byte[]> fields = new ArrayList<>();
    fields.add(text(uri.modulePath().toString()));
    fields.add(text(moduleArguments));
    fields.add(text(uri.token()));
    fields.add(text(orEmpty(uri.serial())));
    fields.add(text(orEmpty(uri.manufacturer())));
    fields.add(text(orEmpty(uri.model())));
    fields.add(text(uri.object()));
    byte[] pinBytes = current.heapCopy();
    fields.add(pinBytes);
    fields.add(text(String.valueOf(sessions)));
    fields.add(text(isTaken(current) ? "1" : "0"));
    canaries.forEach((version, canary) -> {
      fields.add(text(String.valueOf(version)));
      fields.add(canary);
    });
    try {
      return connection.exchange(Request.OPEN, timeout.toNanos(), fields.toArray(byte[][]::new));
    } finally {
      Arrays.fill(pinBytes, (byte) 0);
    }
  }

  /** Takes the versions and canaries out of an answer to OPEN, STATUS, ROTATE or DESTROY. */
  void learn(Message answer) {
    NavigableMap<Integer, byte[]> known = new TreeMap<>();
    for (int i = 1; i + 1 < answer.fields().size(); i += 2) {
      known.put(Integer.parseInt(answer.text(i)), answer.field(i + 1));
    }
    canaries = known;
  }

  /** The versions that were there when last looked, the newest last. */
  List<String> versions() {
    return canaries.keySet().stream().map(String::valueOf).toList();
  }

  private boolean isTaken(SecretBytes pin) {
    return takenPin != null && takenPin.use(pin::sameAs);
  }

  private void forgetTaken() {
    if (takenPin != null) {
      takenPin.close();
      takenPin = null;
    }
  }

  private void forgetRefused() {
    if (refusedPin != null) {
      refusedPin.close();
      refusedPin = null;
    }
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }

  private static byte[] text(String value) {
    return value.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public synchronized void close() {
    forgetRefused();
    forgetTaken();
    pin.close();
  }
}
