-- What the log says, as rows. Everything here can be made again from the log alone
-- (`strongroom store rebuild`), so nothing here is ever changed but by an entry of the log.
-- Times called `at` and `clock` are milliseconds since the epoch, those called `expires_at`
-- seconds; `idx` is the index of an entry in the log.

-- How far the rows have come, in one row.
CREATE TABLE projection (
  one           INTEGER PRIMARY KEY CHECK (one = 1),
  origin        TEXT    NOT NULL,
  next_index    INTEGER NOT NULL,
  -- SHA-256 over the leaf before next_index: tells another log, or a changed one.
  last_leaf     TEXT,
  -- The greatest time of an entry so far.
  clock         INTEGER NOT NULL,
  nonce_epoch   INTEGER NOT NULL,
  policy_digest TEXT
) STRICT;

-- Nonces that are used up, until some time past their expiry.
CREATE TABLE nonces (
  hash       TEXT    PRIMARY KEY,
  expires_at INTEGER NOT NULL,
  idx        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX nonces_by_expiry ON nonces (expires_at);

-- One row for each grant and the lease that it began; they have one id.
CREATE TABLE leases (
  -- The row id: rows are written in the order of the log, so at the end of the table.
  idx             INTEGER PRIMARY KEY,
  id              TEXT    NOT NULL UNIQUE,
  at              INTEGER NOT NULL,
  model           TEXT    NOT NULL,
  version         TEXT    NOT NULL,
  manifest_digest TEXT    NOT NULL,
  data_key_id     TEXT    NOT NULL,
  subject         TEXT    NOT NULL,
  pod_uid         TEXT,
  jkt             TEXT    NOT NULL,
  -- pod:UID, or jkt:THUMBPRINT where there is no pod.
  holder          TEXT    NOT NULL,
  grant_hash      TEXT    NOT NULL,
  sealed_key_hash TEXT    NOT NULL,
  policy_digest   TEXT    NOT NULL,
  evidence_digest TEXT,
  mode            TEXT    NOT NULL,
  on_expiry       TEXT    NOT NULL,
  -- Those verified for the grant, in its order, with spaces between.
  evidence_types  TEXT    NOT NULL,
  wanted_lease_seconds INTEGER,
  sequence        INTEGER NOT NULL,
  grace_seconds   INTEGER NOT NULL,
  expires_at      INTEGER NOT NULL,
  ended           TEXT,
  ended_at        INTEGER,
  ended_idx       INTEGER,
  ended_by        TEXT,
  wipe            TEXT    NOT NULL
) STRICT;

CREATE INDEX leases_by_holder  ON leases (holder, model, version, idx);
CREATE INDEX leases_by_model   ON leases (model, version, idx);
CREATE INDEX leases_by_subject ON leases (subject, idx);
CREATE INDEX leases_by_end     ON leases (ended_at);

CREATE TABLE revocations (
  id        TEXT    PRIMARY KEY,
  idx       INTEGER NOT NULL UNIQUE,
  at        INTEGER NOT NULL,
  lease     TEXT,
  subject   TEXT,
  pod_uid   TEXT,
  jkt       TEXT,
  model     TEXT,
  version   TEXT,
  reason    TEXT    NOT NULL,
  by        TEXT    NOT NULL,
  lifted_at INTEGER,
  lifted_by TEXT
) STRICT, WITHOUT ROWID;
