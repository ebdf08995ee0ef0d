-- A wrapped key names its KEK and the version of that, apart. What keyset files wrapped before had
-- the number of the key in the place of both. Empty where a backend keeps its versions to itself.
ALTER TABLE wrapped_keys ADD COLUMN kek_version TEXT NOT NULL DEFAULT '';
UPDATE wrapped_keys SET kek_version = kek_id, kek_id = 'keyset' WHERE backend = 'tink';
