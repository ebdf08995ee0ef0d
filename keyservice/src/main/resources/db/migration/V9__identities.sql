-- What proved who asked for a grant, as canonical JSON: a renewal shows a certificate of the same
-- SPIFFE ID. Null for grants that are older. Follows the log as the tables of V1 do.
ALTER TABLE leases ADD COLUMN identities TEXT;
