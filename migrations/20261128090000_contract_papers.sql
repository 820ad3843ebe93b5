-- The contract as it was printed for the customer: each text is kept once, in both languages, under a number.
CREATE TABLE contract_document (
    order_id     uuid NOT NULL REFERENCES sales_order (id),
    version_no   integer NOT NULL CHECK (version_no >= 1),
    language     text NOT NULL CHECK (language IN ('zh','en')),
    content_hash bytea NOT NULL CHECK (octet_length(content_hash) = 32),
    content      text NOT NULL,
    kept_by      uuid NOT NULL REFERENCES person (id),
    kept_at      timestamptz NOT NULL CHECK (is_moment(kept_at)),
    PRIMARY KEY (order_id, version_no, language),
    CONSTRAINT hash_of_the_content CHECK (content_hash = sha256(convert_to(content, 'UTF8')))
);
COMMENT ON TABLE contract_document IS 'What the contract of an order said when it was printed; reprints come from here, a changed order gets the next number.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON contract_document FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON contract_document FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
