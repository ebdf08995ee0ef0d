package dev.strongroom.keyservice.catalog;

import java.util.List;
import org.jdbi.v3.core.Jdbi;

/** Objects whose removal from the storage is owed: a crash must not leave them there for ever. */
public final class ObjectRemovals {
  private final CatalogTables tables;

  public ObjectRemovals(Jdbi jdbi) {
    this.tables = new CatalogTables(jdbi);
  }

  /** One object and the upload that it may still be. */
  public record Removal(String name, String uploadId) {}

  public List<Removal> owed() {
    return tables.read(on ->
        on.createQuery("SELECT name, upload_id FROM object_removals ORDER BY name")
            .map((r, c) -> new Removal(r.getString("name"), r.getString("upload_id")))
            .list());
  }

  /** The object is gone from the storage. */
  public void done(Removal removal) {
    tables.inTransaction(on ->
        on.createUpdate("DELETE FROM object_removals WHERE name = :name")
            .bind("name", removal.name())
            .execute());
  }
}
