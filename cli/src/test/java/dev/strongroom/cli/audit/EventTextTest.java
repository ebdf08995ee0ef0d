package dev.strongroom.cli.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.strongroom.core.event.EventCodec;
import dev.strongroom.core.event.LogEvent;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A line tells an entry from others of its kind. */
class EventTextTest {
  private static String line(LogEvent event) {
    return new EventText(14, EventCodec.write(event)).line();
  }

  @Test
  void ofAKekItIsSaidWhichAndByWhom() {
    assertEquals(
        "14  1970-01-01T00:00:00.001Z  kek.erased  backend=vault  kek=transit/k  kekVersion=1"
            + "  by=i|admin",
        line(new LogEvent.KekErased(1, "vault", "transit/k", "1", "snapshots", "i|admin")));
    assertEquals(
        "14  1970-01-01T00:00:00.001Z  kek.rotate-begun  backend=tink  kek=keyset  by=i|admin",
        line(new LogEvent.KekRotateBegun(1, "tink", "keyset", "i|admin")));
    assertEquals(
        "14  1970-01-01T00:00:00.001Z  data-keys.migrated  fromBackend=tink  fromKek=keyset"
            + "  backend=vault  kek=transit/k  kekVersion=2  by=i|admin",
        line(
            new LogEvent.DataKeysMigrated(
                1, "tink", "keyset", "vault", "transit/k", "2", List.of(), "i|admin")));
  }
}
