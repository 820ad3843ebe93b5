-- What documents and mails say of the selling company, set by the administrator.
ALTER TABLE installation
    ADD COLUMN company_tax_no   text CHECK (is_label(company_tax_no)),
    ADD COLUMN company_bank     text CHECK (is_label(company_bank)),
    ADD COLUMN company_account  text CHECK (company_account ~ '^[0-9 -]{6,40}$'),
    ADD COLUMN company_logo     bytea CHECK (octet_length(company_logo) BETWEEN 1 AND 262144),
    ADD COLUMN company_logo_kind text CHECK (company_logo_kind IN ('png','svg')),
    ADD COLUMN company_revision bigint NOT NULL DEFAULT 0 CHECK (company_revision >= 0),
    ADD CONSTRAINT installation_logo_whole CHECK ((company_logo IS NULL) = (company_logo_kind IS NULL));

-- The key that signs forms and the day of the founding stay what they are.
CREATE FUNCTION guard_installation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.server_key <> OLD.server_key OR NEW.created_at <> OLD.created_at OR NEW.is_demo <> OLD.is_demo THEN
        RAISE EXCEPTION 'the installation keeps its key, its kind and its day' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON installation FOR EACH ROW EXECUTE FUNCTION guard_installation();
