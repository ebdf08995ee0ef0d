package dev.strongroom.delivery.client;

import dev.strongroom.core.encoding.Sha256Digest;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What connections to the key service are made with.
 *
 * @param certificate SHA-256 over the DER of the client certificate that the context shows; null
 *     where it shows none
 */
public record ClientTls(SSLContext context, @Nullable Sha256Digest certificate) {

  /** Where it comes from. Asked for each request, because certificates are replaced. */
  @FunctionalInterface
  public interface Source {
    /**
     * What is to be used now: the same object as long as nothing has changed.
     *
     * @throws dev.strongroom.core.problem.Problem when there is none
     */
    ClientTls current();
  }

  /** One that never changes and shows no certificate, made when it is first needed. */
  public static Source once(Supplier<SSLContext> context) {
    return new Source() {
      private @Nullable ClientTls made;

      @Override
      public synchronized ClientTls current() {
        ClientTls current = made;
        if (current == null) {
          current = new ClientTls(context.get(), null);
          made = current;
        }
        return current;
      }
    };
  }
}
