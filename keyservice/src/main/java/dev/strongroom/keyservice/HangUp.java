package dev.strongroom.keyservice;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * The signal SIGHUP. Java has no supported interface for signals; {@code sun.misc.Signal} is in
 * every JDK, and is called by name so that nothing is compiled against it.
 */
final class HangUp {
  private HangUp() {}

  /** What became of the wish to hear the signal. */
  enum Hearing {
    HEARD,
    /** Whoever started the process made it ignore the signal, as nohup does; Java respects that. */
    IGNORED,
    /** The runtime does not offer it. */
    NOT_OFFERED
  }

  /** Runs an action on each SIGHUP. */
  static Hearing onEach(Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      InvocationHandler calls =
          (proxy, method, arguments) ->
              switch (method.getName()) {
                case "handle" -> {
                  action.run();
                  yield null;
                }
                case "equals" -> same(proxy, arguments[0]);
                case "hashCode" -> System.identityHashCode(proxy);
                default -> "SIGHUP";
              };
      Object listener =
          Proxy.newProxyInstance(HangUp.class.getClassLoader(), new Class<?>[] {handler}, calls);
      Object hangUp = signal.getConstructor(String.class).newInstance("HUP");
      Object before = signal.getMethod("handle", signal, handler).invoke(null, hangUp, listener);
      return same(before, handler.getField("SIG_IGN").get(null)) ? Hearing.IGNORED : Hearing.HEARD;
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      return Hearing.NOT_OFFERED;
    }
  }

  // A proxy has no other identity.
  @SuppressWarnings("ReferenceEquality")
  private static boolean same(Object one, Object other) {
    return one == other;
  }
}
