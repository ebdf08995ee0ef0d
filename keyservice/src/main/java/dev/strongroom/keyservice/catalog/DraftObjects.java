package dev.strongroom.keyservice.catalog;

import dev.strongroom.core.id.DraftId;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/**
 * The objects of drafts. Each method is one transaction. What a writer does is conditional, in that
 * transaction, on the draft being open and the writer being the one of its fence.
 */
public final class DraftObjects {
  private static final String OBJECT =
      "SELECT name, size, upload_id, part_size, part_count, etag FROM draft_objects ";

  private final CatalogTables tables;

  public DraftObjects(Jdbi jdbi) {
    this.tables = new CatalogTables(jdbi);
  }

  /** All objects of a draft, by name. */
  public List<DraftObject> objects(DraftId id) {
    return tables.read(on -> objects(on, id));
  }

  private static List<DraftObject> objects(Handle on, DraftId id) {
    return on.createQuery(OBJECT + "WHERE draft = :draft ORDER BY name")
        .bind("draft", id.value())
        .map((r, c) -> object(r))
        .list();
  }

  /** The objects of the writer's open draft; empty when it is not that any more. */
  public Optional<List<DraftObject>> objectsOf(Draft writer) {
    return tables.inTransaction(on ->
        DraftStore.find(on, writer.id())
            .filter(d -> d.state() == Draft.State.OPEN && d.fence() == writer.fence())
            .map(d -> objects(on, d.id())));
  }

  public Optional<DraftObject> object(DraftId id, String name) {
    return tables.read(on ->
        on.createQuery(OBJECT + "WHERE draft = :draft AND name = :name")
            .bind("draft", id.value())
            .bind("name", name)
            .map((r, c) -> object(r))
            .findOne());
  }

  /** The number of objects of a draft. */
  public int objectCount(DraftId id) {
    return tables.read(on ->
        on.createQuery("SELECT count(*) FROM draft_objects WHERE draft = :draft")
            .bind("draft", id.value())
            .mapTo(Integer.class)
            .one());
  }

  /**
   * Keeps a new object of the writer's draft.
   *
   * @return whether the writer still was the writer
   */
  public boolean addObject(Draft writer, DraftObject object) {
    return tables.inTransaction(on ->
        on.createUpdate(
                    "INSERT INTO draft_objects (name, draft, size, upload_id, part_size, part_count)"
                        + " SELECT :name, id, :size, :upload, :partSize, :partCount FROM drafts"
                        + " WHERE id = :id AND state = 'open' AND fence = :fence")
                .bind("name", object.name())
                .bind("size", object.size())
                .bind("upload", object.uploadId())
                .bind("partSize", object.partSize())
                .bind("partCount", object.partCount())
                .bind("id", writer.id().value())
                .bind("fence", writer.fence())
                .execute()
            == 1);
  }

  /**
   * Notes that an object is whole.
   *
   * @return whether the writer still was the writer and the object there
   */
  public boolean completeObject(Draft writer, String name, String etag) {
    return tables.inTransaction(on ->
        on.createUpdate(
                    "UPDATE draft_objects SET etag = :etag WHERE name = :name AND draft = :id"
                        + " AND EXISTS (SELECT 1 FROM drafts WHERE id = :id AND state = 'open'"
                        + " AND fence = :fence)")
                .bind("etag", etag)
                .bind("name", name)
                .bind("id", writer.id().value())
                .bind("fence", writer.fence())
                .execute()
            == 1);
  }

  /**
   * Takes an object out of the writer's draft; its removal from the storage is owed from then on.
   *
   * @return whether the writer still was the writer
   */
  public boolean dropObject(Draft writer, String name) {
    return tables.inTransaction(on -> {
      boolean isWriter =
          DraftStore.find(on, writer.id())
              .filter(d -> d.state() == Draft.State.OPEN && d.fence() == writer.fence())
              .isPresent();
      if (isWriter) {
        oweRemovals(on, "WHERE draft = :draft AND name = :name", writer.id(), name);
      }
      return isWriter;
    });
  }

  /** Takes objects out of a draft; their removal from the storage is owed from then on. */
  static void oweRemovals(Handle on, String which, DraftId draft, String name) {
    on.createUpdate(
            "INSERT INTO object_removals (name, upload_id)"
                + " SELECT name, upload_id FROM draft_objects "
                + which)
        .bind("draft", draft.value())
        .bind("name", name)
        .execute();
    on.createUpdate("DELETE FROM draft_objects " + which)
        .bind("draft", draft.value())
        .bind("name", name)
        .execute();
  }

  private static DraftObject object(ResultSet row) throws SQLException {
    return new DraftObject(
        row.getString("name"),
        row.getLong("size"),
        row.getString("upload_id"),
        row.getLong("part_size"),
        row.getInt("part_count"),
        row.getString("etag"));
  }
}
