-- What the pod of a grant looked like, as canonical JSON: who was exposed to what is asked of it.
-- Null for grants without a pod. Follows the log as the tables of V1 do.
ALTER TABLE leases ADD COLUMN pod TEXT;
