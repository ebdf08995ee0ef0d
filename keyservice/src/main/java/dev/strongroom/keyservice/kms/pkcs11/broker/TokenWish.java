package dev.strongroom.keyservice.kms.pkcs11.broker;

import dev.strongroom.keyservice.kms.pkcs11.wire.Message;
import dev.strongroom.keyservice.kms.pkcs11.wire.Request;
import java.nio.file.Path;
import java.util.List;

/**
 * Which token and key the service wants.
 *
 * @param module the shared library
 * @param arguments what the module wants at its start; may be empty
 * @param token its label
 * @param serial may be empty, as the two after it: then any will do
 * @param kek the label of the first KEK version
 * @param sessions how many calls at once
 * @param pinKnown whether the token took the PIN before
 */
record TokenWish(
    Path module,
    String arguments,
    String token,
    String serial,
    String manufacturer,
    String model,
    String kek,
    int sessions,
    boolean pinKnown) {
  /** Where the PIN is in {@link Request#OPEN}. */
  static final int PIN_FIELD = 7;

  private static final int SESSIONS_FIELD = 8;
  private static final int PIN_KNOWN_FIELD = 9;
  static final int FIRST_CANARY_FIELD = 10;

  static TokenWish of(Message open) {
    return new TokenWish(
        Path.of(open.text(0)),
        open.text(1),
        open.text(2),
        open.text(3),
        open.text(4),
        open.text(5),
        open.text(6),
        Integer.parseInt(open.text(SESSIONS_FIELD)),
        open.text(PIN_KNOWN_FIELD).equals("1"));
  }

  /**
   * The only token that is meant.
   *
   * @throws AbsentException when it is not there
   * @throws UnusableException when there are several
   */
  TokenInfo among(List<TokenInfo> tokens) {
    List<TokenInfo> meant = tokens.stream().filter(this::isMeant).toList();
    if (meant.isEmpty()) {
      throw new AbsentException(
          "no slot has a token labelled '"
              + token
              + "'; there are "
              + tokens.stream().map(each -> "'" + each.label() + "'").toList());
    }
    if (meant.size() > 1) {
      throw new UnusableException(
          "several tokens are labelled '" + token + "': add serial= to the URI");
    }
    return meant.getFirst();
  }

  private boolean isMeant(TokenInfo info) {
    return info.label().equals(token)
        && (serial.isEmpty() || info.serial().equals(serial))
        && (manufacturer.isEmpty() || info.manufacturer().equals(manufacturer))
        && (model.isEmpty() || info.model().equals(model));
  }
}
