-- What a revocation names besides holder and version, each as the log writes it. Follows the log as
-- the tables of V1 do.
ALTER TABLE revocations ADD COLUMN chip        TEXT;
ALTER TABLE revocations ADD COLUMN measurement TEXT;
ALTER TABLE revocations ADD COLUMN tcb_below   TEXT;
ALTER TABLE revocations ADD COLUMN evidence    TEXT;
ALTER TABLE revocations ADD COLUMN image       TEXT;
ALTER TABLE revocations ADD COLUMN node        TEXT;

-- Who revoked asks how far the wipe of these leases is, again and again.
CREATE INDEX leases_by_revocation ON leases (ended_by, wipe) WHERE ended_by IS NOT NULL;
