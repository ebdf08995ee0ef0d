package dev.strongroom.testkit.kms;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A real token behind a module of our own that loses it on demand: in a session, at login, or while
 * it works. Compiled by {@code cc}.
 */
public final class FaultyModule {
  /** {@code CKR_GENERAL_ERROR}: what SoftHSM says of a wrong tag too. */
  public static final long GENERAL_ERROR = 0x05;

  /** {@code CKR_DEVICE_ERROR}. */
  public static final long DEVICE_ERROR = 0x30;

  /** {@code CKR_DEVICE_REMOVED}. */
  public static final long DEVICE_REMOVED = 0x32;

  /** {@code CKR_PIN_INCORRECT}. */
  public static final long PIN_INCORRECT = 0xA0;

  /** {@code CKR_SESSION_COUNT}. */
  public static final long SESSION_COUNT = 0xB1;

  /** {@code CKR_SESSION_HANDLE_INVALID}. */
  public static final long SESSION_HANDLE_INVALID = 0xB3;

  /** {@code CKR_VENDOR_DEFINED} and a number: what only the maker of a token knows. */
  public static final long VENDOR = 0x80000123L;

  /** {@code CKR_DATA_LEN_RANGE}. */
  public static final long DATA_LEN_RANGE = 0x21;

  /** {@code CKR_ENCRYPTED_DATA_INVALID}: a wrong tag. */
  public static final long ENCRYPTED_DATA_INVALID = 0x40;

  /** {@code CKR_KEY_FUNCTION_NOT_PERMITTED}: the key does not do this any more. */
  public static final long KEY_FUNCTION_NOT_PERMITTED = 0x68;

  /** {@code CKR_MECHANISM_PARAM_INVALID}: what tokens say of an IV that is not their own. */
  public static final long MECHANISM_PARAM_INVALID = 0x71;

  /** {@code CKF_USER_PIN_FINAL_TRY}. */
  public static final long USER_PIN_FINAL_TRY = 0x20000;

  /** {@code CKF_USER_PIN_LOCKED}. */
  public static final long USER_PIN_LOCKED = 0x40000;

  private final TestToken token;
  private final Path order;

  private FaultyModule(TestToken token, Path order) {
    this.token = token;
    this.order = order;
  }

  /** Why it cannot be made here, when it cannot. */
  public static Optional<String> missing() {
    return Tools.missing("cc", "gcc libc6-dev");
  }

  /** Compiles it into the folder and puts it before the token. */
  public static FaultyModule before(TestToken real, Path folder) {
    Path source = folder.resolve("faulty_module.c");
    Path module = folder.resolve("faulty_module.so");
    Path order = folder.resolve("order");
    try (InputStream text = FaultyModule.class.getResourceAsStream("faulty_module.c")) {
      if (text == null) {
        throw new IllegalStateException("the source of the module is not on the class path");
      }
      Files.copy(text, source);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Tools.run(
        Map.of(), List.of("cc", "-shared", "-fPIC", "-O1", "-o", "" + module, "" + source, "-ldl"));
    Map<String, String> environment = new HashMap<>(real.environment());
    environment.put("FAULTY_MODULE", real.module().toString());
    environment.put("FAULTY_ORDER", order.toString());
    return new FaultyModule(
        new TestToken(module, real.arguments(), real.label(), real.pinFile(), environment), order);
  }

  /** The token, through this module. */
  public TestToken token() {
    return token;
  }

  /** From now on calls return this code. */
  public void fail(long code) {
    put(Long.toHexString(code));
  }

  /** From now on calls do not return. */
  public void hang() {
    put("hang");
  }

  /** From now on keys cannot be destroyed; all else works. */
  public void keepKeys() {
    put("keep");
  }

  /**
   * From now on what begins with these bytes is decrypted with this code; all else works.
   *
   * @param start the first four of the ciphertext
   */
  public void refuse(long code, byte[] start) {
    put("odd " + Long.toHexString(code) + " " + HexFormat.of().formatHex(start, 0, 4));
  }

  /** From now on nothing is encrypted, with this code; all else works. */
  public void refuseToEncrypt(long code) {
    put("wrap " + Long.toHexString(code));
  }

  /** From now on objects are found one by one. */
  public void findOneByOne() {
    put("one");
  }

  /** From now on the objects that are found have no end. */
  public void findWithoutEnd() {
    put("no-end");
  }

  /** From now on the token has these flags of {@code CK_TOKEN_INFO} beside its own. */
  public void flag(long flags) {
    put("pin " + Long.toHexString(flags));
  }

  /** Ends the trouble. */
  public void heal() {
    try {
      Files.deleteIfExists(order);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void put(String text) {
    try {
      Path next = Files.writeString(order.resolveSibling("order.next"), text);
      Files.move(next, order, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
