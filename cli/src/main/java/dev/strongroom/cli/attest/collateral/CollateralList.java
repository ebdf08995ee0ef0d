package dev.strongroom.cli.attest.collateral;

import dev.strongroom.cli.output.Output;
import dev.strongroom.cli.output.Table;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What a store has, for people and machines. */
public final class CollateralList {
  private CollateralList() {}

  /**
   * Tells of each item.
   *
   * @return whether all can be used now
   */
  public static boolean tell(CollateralStore store, Instant now, Output output) {
    List<CollateralItem> items = store.items();
    Table table = new Table("STATE", "AGE", "NEXT UPDATE", "KIND", "NAME", "FILE");
    boolean usable = true;
    for (CollateralItem item : items) {
      CollateralItem.State state = item.state(now);
      usable &= state == CollateralItem.State.CURRENT || state == CollateralItem.State.UNDATED;
      String named = state.name().toLowerCase(Locale.ROOT).replace('_', '-');
      String age = item.thisUpdate() == null ? "" : age(item.thisUpdate(), now);
      String next = item.nextUpdate() == null ? "" : item.nextUpdate().toString();
      var _ = table.row(named, age, next, item.kind(), item.name(), item.file());
      output.json(members(item, named, now));
    }
    output.table(table);
    return usable;
  }

  private static String age(Instant since, Instant now) {
    Duration age = Duration.between(since, now);
    return age.toDays() > 0 ? age.toDays() + "d" : age.toHours() + "h";
  }

  private static Map<String, Object> members(CollateralItem item, String state, Instant now) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("file", item.file());
    members.put("kind", item.kind());
    members.put("name", item.name());
    members.put("state", state);
    if (item.thisUpdate() != null) {
      members.put("thisUpdate", item.thisUpdate().toString());
      members.put("ageSeconds", Duration.between(item.thisUpdate(), now).toSeconds());
    }
    if (item.nextUpdate() != null) {
      members.put("nextUpdate", item.nextUpdate().toString());
    }
    return members;
  }
}
