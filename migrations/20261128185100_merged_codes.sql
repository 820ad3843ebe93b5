-- The credit code of an archive that was merged belongs to the one that stays: it is looked up like any other.
CREATE INDEX customer_merged_uscc ON customer (merged_uscc) WHERE merged_uscc IS NOT NULL;
