package dev.strongroom.keyservice.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.secret.SecretBytes;
import dev.strongroom.keyservice.kms.KekStatus;
import dev.strongroom.keyservice.kms.KeyWrapper;
import dev.strongroom.keyservice.kms.WrapContext;
import dev.strongroom.keyservice.kms.WrappedKey;
import dev.strongroom.keyservice.kms.WrappingGate;
import dev.strongroom.keyservice.publish.TestPublisher.Ready;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who erases a KEK counts every wrapping under it: those of drafts and versions, too. */
@Timeout(60)
class WrappingGateTest extends PublishTestBase {
  private final List<Thread> erasers = new ArrayList<>();
  private final List<Integer> counted = new ArrayList<>();

  /**
   * At each wrapping somebody comes who would count rows, and destroy the KEK if there are none.
   */
  private final class Probed implements KeyWrapper {
    private final KeyWrapper inner;

    Probed(KeyWrapper inner) {
      this.inner = inner;
    }

    @Override
    public WrappedKey wrap(SecretBytes dataKey, WrapContext context) {
      WrappedKey wrapped = inner.wrap(dataKey, context);
      Thread eraser =
          Thread.ofPlatform()
              .start(() -> {
                try (WrappingGate.Passage _ = stage.gate().destroying()) {
                  counted.add(stage.count(rowsOf(context)));
                }
              });
      while (eraser.getState() != Thread.State.TIMED_WAITING && eraser.isAlive()) {
        Thread.onSpinWait();
      }
      erasers.add(eraser);
      return wrapped;
    }

    private static String rowsOf(WrapContext context) {
      String digest = context.manifestDigest() == null ? "" : context.manifestDigest().hex();
      return "SELECT count(*) FROM wrapped_keys WHERE manifest_digest = '" + digest + "'";
    }

    @Override
    public SecretBytes unwrap(WrappedKey wrapped, WrapContext context) {
      return inner.unwrap(wrapped, context);
    }

    @Override
    public KekStatus status() {
      return inner.status();
    }

    @Override
    public KekStatus rotate() {
      return inner.rotate();
    }

    @Override
    public void close() {
      inner.close();
    }
  }

  @Test
  void aDraftsKeyAndAVersionsKeyAreInTheStoreBeforeAnyoneCounts() throws Exception {
    stage.close();
    stage = new PublishStage(folder, storage, key, UnaryOperator.identity(), Probed::new);
    Ready ready = publisher.ready(flow(), CHAT, key);
    erasers.getFirst().join();
    assertEquals(List.of(1), counted, "that of the draft");
    var _ = publisher.finalise(flow(), ready.draft(), ready.envelope());
    erasers.getLast().join();
    assertEquals(List.of(1, 1), counted, "and that of the version");
  }
}
