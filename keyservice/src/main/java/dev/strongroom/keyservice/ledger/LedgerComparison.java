package dev.strongroom.keyservice.ledger;

import dev.strongroom.keyservice.store.Database;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Compares the tables of two stores that should follow the same log. */
public final class LedgerComparison {
  private record Table(String name, String key) {}

  private static final List<Table> TABLES =
      List.of(
          new Table("projection", "one"),
          new Table("nonces", "hash"),
          new Table("leases", "id"),
          new Table("revocations", "id"),
          new Table("erasures", "data_key_id"),
          new Table("kek_erasures", "idx"));

  private LedgerComparison() {}

  /** The first difference, in words; empty where there is none. */
  public static Optional<String> firstDifference(Database one, Database other) {
    return one.jdbi()
        .withHandle(left ->
            other
                .jdbi()
                .withHandle(right ->
                    TABLES.stream()
                        .flatMap(table -> difference(table, left, right).stream())
                        .findFirst()));
  }

  private static Optional<String> difference(Table table, Handle left, Handle right) {
    try (var ours = rows(table, left);
        var theirs = rows(table, right)) {
      Iterator<Map<String, Object>> one = ours.iterator();
      Iterator<Map<String, Object>> other = theirs.iterator();
      while (one.hasNext() && other.hasNext()) {
        Map<String, Object> first = one.next();
        Map<String, Object> second = other.next();
        if (!first.equals(second)) {
          return Optional.of(table.name() + ": " + first + " against " + second);
        }
      }
      if (one.hasNext() || other.hasNext()) {
        return Optional.of(
            table.name()
                + ": "
                + (one.hasNext() ? one : other).next()
                + " stands on one side only");
      }
      return Optional.empty();
    }
  }

  private static java.util.stream.Stream<Map<String, Object>> rows(Table table, Handle handle) {
    return handle
        .createQuery("SELECT * FROM " + table.name() + " ORDER BY " + table.key())
        .mapToMap()
        .stream();
  }
}
