-- Policies that were approved, whole, as their approvers signed them. Does not follow the log, which
-- has their digests: a row is written before the entry that puts its policy in force.
CREATE TABLE policies (
  version   INTEGER PRIMARY KEY,
  -- SHA-256 over what was signed.
  statement TEXT    NOT NULL,
  -- DSSE, with the signatures.
  envelope  BLOB    NOT NULL,
  -- Milliseconds since the epoch.
  at        INTEGER NOT NULL,
  by        TEXT    NOT NULL
) STRICT;

-- The newest approved policy that the log says was in force: a store from before it is refused.
ALTER TABLE projection ADD COLUMN policy_version INTEGER NOT NULL DEFAULT 0;
ALTER TABLE projection ADD COLUMN policy_statement TEXT;

-- What the policy was asked and what it answered, to judge it again by another policy. Bounded in
-- number and age; nothing is decided from it.
CREATE TABLE decisions (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Milliseconds since the epoch.
  at            INTEGER NOT NULL,
  model         TEXT,
  -- 'allowed', or the code of the refusal.
  outcome       TEXT    NOT NULL,
  policy_digest TEXT    NOT NULL,
  -- The question, as JSON: no token, no key.
  request       TEXT    NOT NULL
) STRICT;

CREATE INDEX decisions_by_time ON decisions (at);
