package dev.strongroom.keyservice.kms.pkcs11.broker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The few functions of a PKCS#11 module that SunPKCS11 has no way to, or no short one: which slot
 * holds a token of this name, what attributes a key has, making a key on the token in one step,
 * destroying it, and decrypting in two. For 64-bit systems whose {@code CK_ULONG} has eight bytes
 * and whose structures are not packed (all but Windows).
 */
final class Cryptoki {
  private static final long OK = 0;
  private static final long ALREADY_INITIALIZED = 0x191;
  private static final long OS_LOCKING = 2;
  private static final long SERIAL_SESSION = 4;
  private static final long RW_SESSION = 2;

  /** Of one search. */
  private static final int MAX_OBJECTS = 4096;

  private static final int FOUND_AT_ONCE = 256;

  /** Positions in {@code CK_FUNCTION_LIST} (PKCS #11 v2.40, pkcs11f.h). */
  private enum Function {
    C_Initialize(0),
    C_GetSlotList(4),
    C_GetTokenInfo(6),
    C_OpenSession(12),
    C_CloseSession(13),
    C_DestroyObject(22),
    C_GetAttributeValue(24),
    C_FindObjectsInit(26),
    C_FindObjects(27),
    C_FindObjectsFinal(28),
    C_DecryptInit(33),
    C_Decrypt(34),
    C_GenerateKey(58);

    private final int position;

    Function(int position) {
      this.position = position;
    }
  }

  // Called often: not looked up for each call.
  private static final MethodHandle DECRYPT_INIT =
      Linker.nativeLinker()
          .downcallHandle(FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG));
  private static final MethodHandle DECRYPT =
      Linker.nativeLinker()
          .downcallHandle(
              FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS));

  private final MemorySegment functions;

  private Cryptoki(MemorySegment functions) {
    this.functions = functions;
  }

  /**
   * Loads the module and initialises it, for this process and for good.
   *
   * @param arguments what the module wants beside the usual; NSS wants its folder there
   * @throws CryptokiException as the module says
   * @throws IllegalArgumentException when the file is no module
   */
  static Cryptoki load(Path module, String arguments) {
    MemorySegment entry =
        SymbolLookup.libraryLookup(module, Arena.global())
            .find("C_GetFunctionList")
            .orElseThrow(() -> new IllegalArgumentException("it has no C_GetFunctionList"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment list = arena.allocate(ADDRESS);
      check("C_GetFunctionList", invoke(entry, FunctionDescriptor.of(JAVA_LONG, ADDRESS), list));
      long size = 8 + 8 * 68;
      Cryptoki cryptoki = new Cryptoki(list.get(ADDRESS, 0).reinterpret(size));
      cryptoki.initialize(arena, arguments);
      return cryptoki;
    }
  }

  private void initialize(Arena arena, String arguments) {
    // CK_C_INITIALIZE_ARGS: four functions, flags, reserved.
    MemorySegment structure = arena.allocate(48, 8);
    structure.set(JAVA_LONG, 32, OS_LOCKING);
    if (!arguments.isEmpty()) {
      structure.set(ADDRESS, 40, arena.allocateFrom(arguments));
    }
    long result =
        invoke(
            address(Function.C_Initialize), FunctionDescriptor.of(JAVA_LONG, ADDRESS), structure);
    if (result != ALREADY_INITIALIZED) {
      check("C_Initialize", result);
    }
  }

  /** Every token that is present. */
  List<TokenInfo> tokens() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(JAVA_LONG);
      FunctionDescriptor shape = FunctionDescriptor.of(JAVA_LONG, JAVA_BYTE, ADDRESS, ADDRESS);
      call(Function.C_GetSlotList, shape, (byte) 1, MemorySegment.NULL, count);
      long room = count.get(JAVA_LONG, 0);
      MemorySegment slots = arena.allocate(JAVA_LONG, Math.max(room, 1));
      call(Function.C_GetSlotList, shape, (byte) 1, slots, count);
      List<TokenInfo> tokens = new ArrayList<>();
      for (long i = 0; i < Math.min(room, count.get(JAVA_LONG, 0)); i++) {
        tokens.add(tokenInfo(arena, slots.getAtIndex(JAVA_LONG, i)));
      }
      return tokens;
    }
  }

  private TokenInfo tokenInfo(Arena arena, long slot) {
    MemorySegment info = arena.allocate(TokenInfo.BYTES, 8);
    call(Function.C_GetTokenInfo, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS), slot, info);
    return TokenInfo.of(slot, info);
  }

  /** A session for reading and writing; the caller closes it. */
  Session open(long slot) {
    return open(slot, SERIAL_SESSION | RW_SESSION);
  }

  /** A session for reading and using keys; the caller closes it. */
  Session openReading(long slot) {
    return open(slot, SERIAL_SESSION);
  }

  private Session open(long slot, long flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(JAVA_LONG);
      call(
          Function.C_OpenSession,
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS),
          slot,
          flags,
          MemorySegment.NULL,
          MemorySegment.NULL,
          handle);
      return new Session(handle.get(JAVA_LONG, 0));
    }
  }

  /** One session; used by one thread at a time. */
  final class Session implements AutoCloseable {
    private final long handle;

    private Session(long handle) {
      this.handle = handle;
    }

    /**
     * The handles of every object with these attributes.
     *
     * @throws UnusableException when there are more than a token for a KEK should have
     */
    List<Long> find(Attributes wanted) {
      try (Arena arena = Arena.ofConfined()) {
        call(
            Function.C_FindObjectsInit,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG),
            handle,
            wanted.template(arena),
            wanted.count());
        try {
          return found(arena);
        } finally {
          call(Function.C_FindObjectsFinal, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), handle);
        }
      }
    }

    // C_FindObjects may return fewer than there is room for while there are more: none is the end.
    private List<Long> found(Arena arena) {
      MemorySegment found = arena.allocate(JAVA_LONG, FOUND_AT_ONCE);
      MemorySegment count = arena.allocate(JAVA_LONG);
      FunctionDescriptor shape =
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, ADDRESS);
      List<Long> handles = new ArrayList<>();
      long size;
      do {
        call(Function.C_FindObjects, shape, handle, found, (long) FOUND_AT_ONCE, count);
        size = count.get(JAVA_LONG, 0);
        if (handles.size() + size > MAX_OBJECTS) {
          throw new UnusableException(
              "it shows more than "
                  + MAX_OBJECTS
                  + " secret keys: give the KEK a token of its own");
        }
        for (long i = 0; i < size; i++) {
          handles.add(found.getAtIndex(JAVA_LONG, i));
        }
      } while (size > 0);
      return handles;
    }

    /** The value of an attribute that is no secret. */
    byte[] attribute(long object, long type) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment attribute = arena.allocate(MemoryLayout.sequenceLayout(3, JAVA_LONG));
        attribute.set(JAVA_LONG, 0, type);
        FunctionDescriptor shape =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG);
        call(Function.C_GetAttributeValue, shape, handle, object, attribute, 1L);
        long size = attribute.get(JAVA_LONG, 16);
        MemorySegment value = arena.allocate(Math.max(size, 1));
        attribute.set(ADDRESS, 8, value);
        call(Function.C_GetAttributeValue, shape, handle, object, attribute, 1L);
        return value.asSlice(0, size).toArray(JAVA_BYTE);
      }
    }

    /** Makes a secret key; with {@code CKA_TOKEN} it is on the token at once, with no copy. */
    void generate(long mechanism, Attributes attributes) {
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment ckMechanism = arena.allocate(MemoryLayout.sequenceLayout(3, JAVA_LONG));
        ckMechanism.set(JAVA_LONG, 0, mechanism);
        call(
            Function.C_GenerateKey,
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS),
            handle,
            ckMechanism,
            attributes.template(arena),
            attributes.count(),
            arena.allocate(JAVA_LONG));
      }
    }

    /** Destroys an object, for good. */
    void destroy(long object) {
      call(
          Function.C_DestroyObject,
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG),
          handle,
          object);
    }

    /** Begins to decrypt with this key. */
    void decryptInit(MemorySegment mechanism, long key) {
      long result;
      try {
        result =
            (long)
                DECRYPT_INIT.invokeExact(address(Function.C_DecryptInit), handle, mechanism, key);
      } catch (Throwable e) {
        throw new IllegalStateException("the module's function cannot be called", e);
      }
      check(Function.C_DecryptInit.name(), result);
    }

    /**
     * Decrypts all at once.
     *
     * @param outSize the room there is; afterwards what was taken of it
     */
    void decrypt(MemorySegment in, long size, MemorySegment out, MemorySegment outSize) {
      long result;
      try {
        result =
            (long) DECRYPT.invokeExact(address(Function.C_Decrypt), handle, in, size, out, outSize);
      } catch (Throwable e) {
        throw new IllegalStateException("the module's function cannot be called", e);
      }
      check(Function.C_Decrypt.name(), result);
    }

    @Override
    public void close() {
      call(Function.C_CloseSession, FunctionDescriptor.of(JAVA_LONG, JAVA_LONG), handle);
    }
  }

  private void call(Function function, FunctionDescriptor shape, Object... arguments) {
    check(function.name(), invoke(address(function), shape, arguments));
  }

  private MemorySegment address(Function function) {
    return functions.get(ADDRESS, 8L + 8L * function.position);
  }

  private static long invoke(MemorySegment address, FunctionDescriptor shape, Object... arguments) {
    MethodHandle handle = Linker.nativeLinker().downcallHandle(address, shape);
    try {
      return (long) handle.invokeWithArguments(arguments);
    } catch (Throwable e) {
      throw new IllegalStateException("the module's function cannot be called", e);
    }
  }

  private static void check(String function, long result) {
    if (result != OK) {
      throw new CryptokiException(function, result);
    }
  }
}
