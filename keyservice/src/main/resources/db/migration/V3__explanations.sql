-- Why requests were refused, for operators. Bounded in number and age; nothing is decided from it.
CREATE TABLE explanation (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  at INTEGER NOT NULL, -- milliseconds since the epoch
  action TEXT NOT NULL,
  subject TEXT NOT NULL,
  target TEXT,
  code TEXT NOT NULL,
  explanation TEXT NOT NULL -- JSON
);

CREATE INDEX explanation_at ON explanation (at);
