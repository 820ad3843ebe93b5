-- Spreadsheet imports, and a list of customers that finds by any part of a name, by number,
-- by credit code and by a contact's telephone number without reading the whole table.

-- One form for what is searched and what is typed: compatibility form, small letters, no white space.
CREATE FUNCTION search_form(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT lower(regexp_replace(normalize(value, NFKC), '\s+', '', 'g')) $$;

-- Every single character and every pair of neighbours. Trigrams cannot find two Chinese characters.
-- A loop, because starting a query for each name would cost fifteen times as much.
CREATE FUNCTION search_grams(value text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    form text := lower(regexp_replace(normalize(value, NFKC), '\s+', '', 'g'));
    grams text[] := '{}';
BEGIN
    FOR i IN 1..char_length(form) LOOP
        grams := grams || substr(form, i, 1) || substr(form, i, 2);
    END LOOP;
    RETURN grams;
END $$;

-- What tells a company's name from others: without its legal form and brackets (DOMAIN 1.1 A).
CREATE FUNCTION name_core(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
$$ SELECT regexp_replace(normalize(value, NFKC), '股份有限公司|有限责任公司|有限公司|集团公司|公司|集团|股份|[][()【】\s]', '', 'g') $$;

ALTER TABLE customer
    ADD COLUMN search_text text GENERATED ALWAYS AS (search_form(legal_name || '|' || COALESCE(short_name, ''))) STORED,
    ADD COLUMN search_grams text[] GENERATED ALWAYS AS (search_grams(legal_name || '|' || COALESCE(short_name, ''))) STORED;
-- More names than usual must be known as frequent, or a frequent word is looked up as if it were rare.
ALTER TABLE customer ALTER COLUMN search_grams SET STATISTICS 500;
DROP INDEX customer_name_search;
CREATE INDEX customer_search ON customer USING gin (search_grams);
CREATE INDEX customer_name_core ON customer (name_core(legal_name));
CREATE INDEX customer_no_prefix ON customer (customer_no text_pattern_ops);
CREATE INDEX customer_code_prefix ON customer (uscc text_pattern_ops);
CREATE INDEX customer_owner_newest ON customer (owner_id, updated_at DESC, id DESC);
CREATE INDEX customer_status_newest ON customer (status, updated_at DESC, id DESC);

ALTER TABLE contact
    ADD COLUMN phone_digits text GENERATED ALWAYS AS (COALESCE(mobile, '') || ' ' || COALESCE(regexp_replace(landline, '[^0-9]', '', 'g'), '')) STORED;
CREATE INDEX contact_phone_search ON contact USING gin (phone_digits public.gin_trgm_ops);

CREATE INDEX contact_mobile_end ON contact (right(mobile, 4));
CREATE INDEX contact_landline_end ON contact (right(landline, 4));

CREATE TABLE import_run (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL CHECK (kind IN ('customers')),
    file_name   text NOT NULL CHECK (is_label(file_name)),
    file_sha256 bytea NOT NULL CHECK (octet_length(file_sha256) = 32),
    byte_count  bigint NOT NULL CHECK (byte_count BETWEEN 1 AND 10485760),
    uploaded_by uuid NOT NULL REFERENCES person (id),
    uploaded_at timestamptz NOT NULL CHECK (is_moment(uploaded_at)),
    added       integer NOT NULL CHECK (added >= 0),
    updated     integer NOT NULL CHECK (updated >= 0),
    unchanged   integer NOT NULL CHECK (unchanged >= 0),
    failing     integer NOT NULL CHECK (failing >= 0),
    applied_by  uuid REFERENCES person (id),
    applied_at  timestamptz CHECK (is_moment(applied_at)),
    result      jsonb,
    CONSTRAINT applied_whole CHECK (num_nulls(applied_by, applied_at, result) IN (0, 3)),
    CONSTRAINT applied_without_failing CHECK (applied_at IS NULL OR failing = 0)
);
COMMENT ON TABLE import_run IS 'Uploaded spreadsheets: what their check said and, once imported, what became of each row.';
CREATE INDEX import_run_newest ON import_run (uploaded_at DESC, id DESC);
CREATE TRIGGER history BEFORE UPDATE ON import_run FOR EACH ROW WHEN (OLD.applied_at IS NOT NULL) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER kept BEFORE DELETE ON import_run FOR EACH ROW EXECUTE FUNCTION refuse_change();
