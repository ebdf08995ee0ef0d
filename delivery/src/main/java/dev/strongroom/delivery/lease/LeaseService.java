package dev.strongroom.delivery.lease;

import dev.strongroom.core.grant.Lease;
import dev.strongroom.core.id.LeaseId;
import dev.strongroom.core.jose.SigningKey;
import dev.strongroom.delivery.client.EventStream;
import dev.strongroom.delivery.client.KeyServiceClient;
import org.jspecify.annotations.Nullable;

/** What the keeper of one lease asks of the service. Every method throws {@code Problem}. */
public interface LeaseService {
  /** One attempt at a renewal; the answer is not verified. */
  String renew(long sequence);

  /** Opens the stream of events. */
  Events events();

  /** Acknowledges a wipe. */
  void wiped(Lease.Wiped wiped);

  /** Signed events, one by one. */
  interface Events extends AutoCloseable {
    /** The next event, not verified; null when the service ended the stream. */
    @Nullable String next();

    @Override
    void close();
  }

  /** The lease of this proof key, through a client. */
  static LeaseService of(KeyServiceClient client, SigningKey proofKey, LeaseId lease) {
    return new LeaseService() {
      @Override
      public String renew(long sequence) {
        return client.renew(proofKey, lease, sequence);
      }

      @Override
      public Events events() {
        EventStream stream = client.events(proofKey, lease);
        return new Events() {
          @Override
          public @Nullable String next() {
            return stream.next();
          }

          @Override
          public void close() {
            stream.close();
          }
        };
      }

      @Override
      public void wiped(Lease.Wiped wiped) {
        client.wiped(proofKey, lease, wiped);
      }
    };
  }
}
