-- A natural person has no credit code (DOMAIN 1.1 A asks companies for it); nothing else is asked less.
DO $$
DECLARE rule text;
BEGIN
    SELECT regexp_replace(pg_get_constraintdef(oid), 'num_nulls\(uscc,', 'num_nulls(') INTO STRICT rule
    FROM pg_constraint WHERE conrelid = 'customer'::regclass AND conname = 'archived_is_complete';
    ALTER TABLE customer DROP CONSTRAINT archived_is_complete;
    EXECUTE format('ALTER TABLE customer ADD CONSTRAINT archived_is_complete %s', rule);
END $$;
ALTER TABLE customer ADD CONSTRAINT archived_company_has_code CHECK (status <> 'archived' OR merged_into_id IS NOT NULL
    OR uscc IS NOT NULL OR (taxpayer_kind IS NOT DISTINCT FROM 'natural_person' AND customer_type IS NOT DISTINCT FROM 'other'));
