-- Quarterly re-checks, the versions an archive had, archives merged into another, unsaved input.

CREATE TABLE customer_review (
    id              uuid PRIMARY KEY,
    customer_id     uuid NOT NULL REFERENCES customer (id),
    reviewed_by     uuid NOT NULL REFERENCES person (id),
    reviewed_at     timestamptz NOT NULL CHECK (is_moment(reviewed_at)),
    channel         text NOT NULL CHECK (channel IN ('gsxt','tianyancha','qichacha','credit_china','on_site','other')),
    registry_status text NOT NULL CHECK (registry_status IN ('active','in_operation','open','moved_out','abnormal')),
    findings        text NOT NULL CHECK (is_prose(findings)),
    next_review_on  date NOT NULL
);
COMMENT ON TABLE customer_review IS 'Quarterly re-checks of an archive, each kept for ever (DOMAIN 1.1).';
CREATE INDEX customer_review_newest ON customer_review (customer_id, reviewed_at DESC);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON customer_review FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE INDEX customer_review_due ON customer (next_review_on, id) WHERE next_review_on IS NOT NULL;

CREATE FUNCTION review_by_another() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM customer c WHERE c.id = NEW.customer_id AND c.owner_id = NEW.reviewed_by) THEN
        RAISE EXCEPTION 'nobody reviews a customer of their own' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER by_another BEFORE INSERT ON customer_review FOR EACH ROW EXECUTE FUNCTION review_by_another();

-- Which event a version of the archive ended with: what a form that is sent later was made from.
CREATE TABLE customer_version (
    customer_id uuid NOT NULL REFERENCES customer (id),
    version     bigint NOT NULL CHECK (version >= 1),
    event_seq   integer NOT NULL CHECK (event_seq >= 1),
    PRIMARY KEY (customer_id, version)
);
COMMENT ON TABLE customer_version IS 'The last event of each version of an archive.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON customer_version FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE FUNCTION keep_customer_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' OR NEW.version <> OLD.version THEN
        INSERT INTO customer_version (customer_id, version, event_seq)
        SELECT NEW.id, NEW.version, COALESCE(max(e.seq), 1) FROM event e
        WHERE e.stream_kind = 'customer' AND e.stream_id = NEW.id
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_version AFTER INSERT OR UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION keep_customer_version();

CREATE INDEX event_access ON event (position DESC) WHERE kind IN ('contact_shown','customers_exported');

-- One archive per company: what was registered twice is merged, and the number that goes stays findable.
ALTER TABLE customer
    ADD merged_into_id uuid REFERENCES customer (id),
    ADD merged_at      timestamptz CHECK (is_moment(merged_at)),
    ADD merged_uscc    text CHECK (merged_uscc ~ '^[0-9A-HJ-NP-RTUW-Y]{18}$'),
    ADD CONSTRAINT merged_is_closed CHECK (merged_into_id IS NULL OR (merged_into_id <> id AND merged_at IS NOT NULL AND is_inactive AND uscc IS NULL
        AND opening_order_count = 0 AND opening_total = 0)),
    ADD CHECK ((merged_into_id IS NULL) = (merged_at IS NULL)),
    ADD CHECK (merged_uscc IS NULL OR merged_into_id IS NOT NULL);
CREATE INDEX customer_merged_into ON customer (merged_into_id) WHERE merged_into_id IS NOT NULL;

-- An archive that was merged gave its credit code away; nothing else is asked of it any more.
DO $$
DECLARE rule text;
BEGIN
    SELECT regexp_replace(pg_get_constraintdef(oid), '^CHECK ', '') INTO STRICT rule
    FROM pg_constraint WHERE conrelid = 'customer'::regclass AND conname = 'archived_is_complete';
    ALTER TABLE customer DROP CONSTRAINT archived_is_complete;
    EXECUTE format('ALTER TABLE customer ADD CONSTRAINT archived_is_complete CHECK (merged_into_id IS NOT NULL OR %s)', rule);
END $$;

CREATE FUNCTION merged_stays() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE target uuid;
BEGIN
    IF OLD.merged_into_id IS NOT NULL AND to_jsonb(NEW) <> to_jsonb(OLD) THEN
        RAISE EXCEPTION 'a merged archive does not change any more' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.merged_into_id IS NULL AND NEW.merged_into_id IS NOT NULL THEN
        SELECT c.merged_into_id INTO target FROM customer c WHERE c.id = NEW.merged_into_id FOR SHARE;
        IF target IS NOT NULL THEN
            RAISE EXCEPTION 'an archive is merged into one that stays' USING ERRCODE = 'P0001';
        END IF;
        IF EXISTS (SELECT FROM deal d WHERE d.customer_id = NEW.id) THEN
            RAISE EXCEPTION 'the deals move before the archive is merged' USING ERRCODE = 'P0001';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER merged_stays BEFORE UPDATE ON customer FOR EACH ROW EXECUTE FUNCTION merged_stays();

-- The lock waits for a merge that is under way and then sees it.
CREATE FUNCTION of_living_customer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE target uuid;
BEGIN
    IF NEW.customer_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT c.merged_into_id INTO target FROM customer c WHERE c.id = NEW.customer_id FOR SHARE;
    IF target IS NOT NULL THEN
        RAISE EXCEPTION 'a merged archive takes no new %', TG_TABLE_NAME USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER living_customer BEFORE INSERT OR UPDATE OF customer_id ON deal FOR EACH ROW EXECUTE FUNCTION of_living_customer();
CREATE TRIGGER living_customer BEFORE INSERT OR UPDATE ON contact FOR EACH ROW EXECUTE FUNCTION of_living_customer();
CREATE TRIGGER living_customer BEFORE INSERT OR UPDATE OF customer_id ON agreement_price FOR EACH ROW EXECUTE FUNCTION of_living_customer();
CREATE TRIGGER living_customer BEFORE INSERT OR UPDATE OF customer_id ON attachment FOR EACH ROW EXECUTE FUNCTION of_living_customer();

-- A deal, a contact or a file changes its customer only when that customer is merged, in one transaction with it.
CREATE FUNCTION moves_with_merge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM customer c WHERE c.id = OLD.customer_id AND c.merged_into_id = NEW.customer_id) THEN
        RAISE EXCEPTION 'rows of % change their customer only in a merge', TG_TABLE_NAME USING ERRCODE = 'P0001';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER moves_with_merge AFTER UPDATE OF customer_id ON deal DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id) EXECUTE FUNCTION moves_with_merge();
CREATE CONSTRAINT TRIGGER moves_with_merge AFTER UPDATE OF customer_id ON contact DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id) EXECUTE FUNCTION moves_with_merge();
CREATE CONSTRAINT TRIGGER moves_with_merge AFTER UPDATE OF customer_id ON attachment DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.customer_id IS DISTINCT FROM OLD.customer_id) EXECUTE FUNCTION moves_with_merge();

CREATE TABLE form_draft (
    person_id uuid NOT NULL REFERENCES person (id),
    address   text NOT NULL CHECK (char_length(address) BETWEEN 1 AND 300 AND address ~ '^/'),
    fields    jsonb NOT NULL CHECK (jsonb_typeof(fields) = 'array' AND pg_column_size(fields) <= 300000),
    saved_at  timestamptz NOT NULL CHECK (is_moment(saved_at)),
    PRIMARY KEY (person_id, address)
);
COMMENT ON TABLE form_draft IS 'Unsaved input of long forms, one per person and form address; files are not kept.';
CREATE INDEX form_draft_saved_at ON form_draft (saved_at);
