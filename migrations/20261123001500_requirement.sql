-- The whole of DOMAIN 1.2: confidential requirements, files, lines that are free text, line dates,
-- and which line of the version before a line continues.
ALTER TABLE requirement ADD COLUMN is_confidential boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN requirement.is_confidential IS 'Its files are only for the people on the deal.';

ALTER TABLE requirement_line
    ALTER COLUMN product_id DROP NOT NULL,
    ADD COLUMN custom_name text CHECK (is_label(custom_name)),
    ADD COLUMN wanted_on date,
    ADD COLUMN first_line_id uuid,
    ADD CONSTRAINT only_custom_lines_are_free CHECK (
        (product_id IS NOT NULL OR custom_name IS NOT NULL) AND (custom_name IS NULL OR kind = 'custom'));
COMMENT ON COLUMN requirement_line.product_id IS 'The product; of a custom line the base product, when there is one.';
COMMENT ON COLUMN requirement_line.first_line_id IS 'The line of an earlier version that this one continues; empty for a new line.';

CREATE TABLE requirement_file (
    requirement_id uuid NOT NULL REFERENCES requirement (id),
    position       integer NOT NULL CHECK (position BETWEEN 1 AND 20),
    attachment_id  uuid NOT NULL REFERENCES attachment (id),
    kind           text NOT NULL CHECK (kind IN ('drawing','specification','other')),
    PRIMARY KEY (requirement_id, position),
    UNIQUE (requirement_id, attachment_id)
);
COMMENT ON TABLE requirement_file IS 'Drawings and specifications that belong to a requirement version.';
CREATE INDEX requirement_file_attachment ON requirement_file (attachment_id);
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON requirement_file FOR EACH ROW EXECUTE FUNCTION freeze_requirement_parts();

-- A confirmation is evidence: nothing of it changes, only the file that is owed comes later, once.
CREATE FUNCTION keep_confirmation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.confirmed_at IS NOT NULL AND (
        (NEW.confirm_method, NEW.confirm_contact, NEW.confirmed_at, NEW.confirmed_by, NEW.file_owed_by)
            IS DISTINCT FROM (OLD.confirm_method, OLD.confirm_contact, OLD.confirmed_at, OLD.confirmed_by, OLD.file_owed_by)
        OR (OLD.confirm_file_id IS NOT NULL AND NEW.confirm_file_id IS DISTINCT FROM OLD.confirm_file_id)) THEN
        RAISE EXCEPTION 'a confirmation is not changed; only the owed file is added, once' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER keep_confirmation BEFORE UPDATE ON requirement FOR EACH ROW EXECUTE FUNCTION keep_confirmation();
CREATE INDEX requirement_file_owed ON requirement (deal_id) WHERE status = 'confirmed' AND file_owed_by IS NOT NULL AND confirm_file_id IS NULL;
