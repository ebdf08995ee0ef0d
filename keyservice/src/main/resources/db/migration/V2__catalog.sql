-- Models, versions and drafts. Wrapped data keys stand here and nowhere else, never in the log, so
-- that a key can be erased. Times are seconds since the epoch; `log_index` is an entry of the log.

-- A version while it is being written.
CREATE TABLE drafts (
  id          TEXT    PRIMARY KEY,
  model       TEXT    NOT NULL,
  version     TEXT    NOT NULL,
  data_key_id TEXT    NOT NULL UNIQUE,
  -- The last number given out. A writer has it once the release of the key is in the log.
  last_fence  INTEGER NOT NULL,
  -- The fence, proof key and subject of the one writer; 0 and empty before the first.
  fence       INTEGER NOT NULL,
  jkt         TEXT    NOT NULL,
  subject     TEXT    NOT NULL,
  -- 'finalising' and 'abandoning' wait for an entry of the log, which decides.
  state       TEXT    NOT NULL CHECK (state IN ('open', 'finalising', 'abandoning')),
  -- Where the entry that decides may stand at the earliest; null while open.
  log_from    INTEGER,
  opened_at   INTEGER NOT NULL,
  UNIQUE (model, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE draft_objects (
  name       TEXT    PRIMARY KEY,
  draft      TEXT    NOT NULL REFERENCES drafts (id),
  size       INTEGER NOT NULL,
  upload_id  TEXT    NOT NULL,
  part_size  INTEGER NOT NULL,
  part_count INTEGER NOT NULL,
  -- As the storage gave it when the object was whole; null before.
  etag       TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_objects_by_draft ON draft_objects (draft);

-- Objects that belong to no draft any more and must still be removed from the storage.
CREATE TABLE object_removals (
  name      TEXT PRIMARY KEY,
  upload_id TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- A version. It is prepared (visible = 0) before its entry is appended, and never changes after.
CREATE TABLE versions (
  model            TEXT    NOT NULL,
  version          TEXT    NOT NULL,
  draft            TEXT    NOT NULL UNIQUE,
  jkt              TEXT    NOT NULL,
  data_key_id      TEXT    NOT NULL UNIQUE,
  manifest_digest  TEXT    NOT NULL,
  envelope         BLOB    NOT NULL,
  published_at     INTEGER NOT NULL,
  visible          INTEGER NOT NULL CHECK (visible IN (0, 1)),
  log_index        INTEGER,
  PRIMARY KEY (model, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE version_objects (
  model   TEXT    NOT NULL,
  version TEXT    NOT NULL,
  idx     INTEGER NOT NULL,
  name    TEXT    NOT NULL UNIQUE,
  size    INTEGER NOT NULL,
  etag    TEXT    NOT NULL,
  PRIMARY KEY (model, version, idx),
  FOREIGN KEY (model, version) REFERENCES versions (model, version)
) STRICT, WITHOUT ROWID;

-- manifest_digest is empty for the wrapping of a draft.
CREATE TABLE wrapped_keys (
  data_key_id     TEXT NOT NULL,
  manifest_digest TEXT NOT NULL,
  backend         TEXT NOT NULL,
  kek_id          TEXT NOT NULL,
  -- Empty where the backend keeps its versions to itself.
  kek_version     TEXT NOT NULL,
  ciphertext      BLOB NOT NULL,
  PRIMARY KEY (data_key_id, manifest_digest)
) STRICT, WITHOUT ROWID;
