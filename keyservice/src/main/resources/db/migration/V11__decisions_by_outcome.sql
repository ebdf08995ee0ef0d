-- Grants and refusals are trimmed each by themselves, the oldest first.
CREATE INDEX decisions_allowed ON decisions (seq) WHERE outcome = 'allowed';
CREATE INDEX decisions_refused ON decisions (seq) WHERE outcome <> 'allowed';
