-- What the evidence of a grant said, as canonical JSON by type: renewals are decided with it. Null
-- for grants without evidence. Follows the log as the tables of V1 do.
ALTER TABLE leases ADD COLUMN evidence_claims TEXT;
