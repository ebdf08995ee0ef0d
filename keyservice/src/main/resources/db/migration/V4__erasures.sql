-- Data keys that were erased, as the log says. Their wrappings are deleted; a start deletes those
-- that a crash or a restored backup left. Follows the log as the tables of V1 do.
CREATE TABLE erasures (
  data_key_id     TEXT    PRIMARY KEY,
  idx             INTEGER NOT NULL UNIQUE,
  at              INTEGER NOT NULL,
  model           TEXT    NOT NULL,
  version         TEXT    NOT NULL,
  manifest_digest TEXT,
  backend         TEXT    NOT NULL,
  kek_id          TEXT    NOT NULL,
  kek_version     TEXT    NOT NULL,
  by              TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- Those after whose deletion the store was written anew, so that nothing of them is left in its
-- files. Does not follow the log: it is of this file alone, and what is missing is done again.
CREATE TABLE scrubbed (
  data_key_id TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
