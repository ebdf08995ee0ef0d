-- KEKs, and versions of them, whose erasure has begun or is done, as the log says. What has begun is
-- asked for again, and recorded when it is seen gone. Follows the log as the tables of V1 do.
CREATE TABLE kek_erasures (
  backend     TEXT    NOT NULL,
  kek_id      TEXT    NOT NULL,
  kek_version TEXT    NOT NULL,
  state       TEXT    NOT NULL CHECK (state IN ('begun', 'done')),
  idx         INTEGER NOT NULL UNIQUE,
  PRIMARY KEY (backend, kek_id, kek_version)
) STRICT, WITHOUT ROWID;
