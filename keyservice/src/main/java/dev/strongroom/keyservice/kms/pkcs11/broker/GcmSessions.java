package dev.strongroom.keyservice.kms.pkcs11.broker;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.strongroom.keyservice.kms.pkcs11.broker.Cryptoki.Session;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Opens AES-GCM on the token with the two calls that it takes. SunPKCS11 takes four, because it
 * begins the decryption, learns of the additional data, cancels it and begins anew: on a token
 * across a network each is a round trip. Sessions are kept for the next call.
 *
 * <p>It gives an answer or none. What a failure means is judged where SunPKCS11 has failed too.
 * Thread-safe.
 */
final class GcmSessions {
  private static final long CKM_AES_GCM = 0x1087;
  private static final long IV_BYTES = 12;
  private static final long TAG_BITS = 128;
  private static final int TAG_BYTES = 16;
  private static final int MAX_BYTES = 256;
  private static final int MAX_CONTEXT_BYTES = 2048;

  /** A token that refuses what SunPKCS11 then does, as often in a row, is not asked any more. */
  private static final int GIVE_UP_AFTER = 8;

  private final Cryptoki cryptoki;
  private final long slot;
  private final Deque<Place> idle = new ConcurrentLinkedDeque<>();
  private final AtomicInteger refusals = new AtomicInteger();

  GcmSessions(Cryptoki cryptoki, long slot) {
    this.cryptoki = cryptoki;
    this.slot = slot;
  }

  /** A session, what it knows of keys, and the memory for its calls. */
  private record Place(
      Session session,
      Map<String, Long> keys,
      MemorySegment mechanism,
      MemorySegment iv,
      MemorySegment context,
      MemorySegment in,
      MemorySegment out,
      MemorySegment outSize) {

    static Place of(Session session) {
      // Not closed by hand, which would stop every thread for a moment; the collector frees it.
      Arena arena = Arena.ofAuto();
      MemorySegment iv = arena.allocate(IV_BYTES, 8);
      MemorySegment context = arena.allocate(MAX_CONTEXT_BYTES, 8);
      // CK_GCM_PARAMS: pIv, ulIvLen, ulIvBits, pAAD, ulAADLen, ulTagBits.
      MemorySegment parameters = arena.allocate(48, 8);
      parameters.set(ADDRESS, 0, iv);
      parameters.set(JAVA_LONG, 8, IV_BYTES);
      parameters.set(JAVA_LONG, 16, 8 * IV_BYTES);
      parameters.set(ADDRESS, 24, context);
      parameters.set(JAVA_LONG, 40, TAG_BITS);
      // CK_MECHANISM: mechanism, pParameter, ulParameterLen.
      MemorySegment mechanism = arena.allocate(24, 8);
      mechanism.set(JAVA_LONG, 0, CKM_AES_GCM);
      mechanism.set(ADDRESS, 8, parameters);
      mechanism.set(JAVA_LONG, 16, parameters.byteSize());
      return new Place(
          session,
          new HashMap<>(),
          mechanism,
          iv,
          context,
          arena.allocate(MAX_BYTES, 8),
          arena.allocate(MAX_BYTES, 8),
          arena.allocate(JAVA_LONG));
    }

    byte[] open(String label, byte[] sealed, int ivAt, byte[] bound) {
      int size = sealed.length - ivAt - (int) IV_BYTES;
      MemorySegment.copy(sealed, ivAt, iv, JAVA_BYTE, 0, (int) IV_BYTES);
      MemorySegment.copy(sealed, ivAt + (int) IV_BYTES, in, JAVA_BYTE, 0, size);
      MemorySegment.copy(bound, 0, context, JAVA_BYTE, 0, bound.length);
      mechanism.get(ADDRESS, 8).reinterpret(48).set(JAVA_LONG, 32, bound.length);
      outSize.set(JAVA_LONG, 0, MAX_BYTES);
      session.decryptInit(mechanism, keys.computeIfAbsent(label, this::find));
      try {
        session.decrypt(in, size, out, outSize);
        return out.asSlice(0, outSize.get(JAVA_LONG, 0)).toArray(JAVA_BYTE);
      } finally {
        out.fill((byte) 0);
      }
    }

    private long find(String label) {
      List<Long> found =
          session.find(
              new Attributes()
                  .number(Attributes.CKA_CLASS, Attributes.CKO_SECRET_KEY)
                  .flag(Attributes.CKA_TOKEN, true)
                  .text(Attributes.CKA_LABEL, label));
      if (found.size() != 1) {
        throw new IllegalStateException("there is not one key of this label");
      }
      return found.getFirst();
    }
  }

  /**
   * Opens what was sealed: IV (12), ciphertext, tag (16), from this position on.
   *
   * @return what was in it, for the caller to overwrite; null where SunPKCS11 must be asked
   */
  byte @Nullable [] open(String label, byte[] sealed, int ivAt, byte[] context) {
    int size = sealed.length - ivAt - (int) IV_BYTES;
    if (refusals.get() >= GIVE_UP_AFTER
        || size < TAG_BYTES
        || size > MAX_BYTES
        || context.length > MAX_CONTEXT_BYTES) {
      return null;
    }
    Place place = null;
    try {
      Place kept = idle.pollFirst();
      place = kept == null ? Place.of(cryptoki.openReading(slot)) : kept;
      byte[] opened = place.open(label, sealed, ivAt, context);
      idle.addFirst(place);
      if (refusals.get() != 0) {
        refusals.set(0);
      }
      return opened;
    } catch (CryptokiException | IllegalStateException e) {
      end(place);
      return null;
    }
  }

  /** SunPKCS11 could, after {@link #open} could not. */
  void wasWrong() {
    refusals.incrementAndGet();
  }

  private static void end(@Nullable Place place) {
    if (place != null) {
      try {
        place.session().close();
      } catch (CryptokiException | IllegalStateException e) {
        // It is gone already.
      }
    }
  }
}
