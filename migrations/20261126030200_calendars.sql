-- Working time as data, in versions that stay (DOMAIN 4).
CREATE TABLE calendar_version (
    version_no   integer PRIMARY KEY CHECK (version_no >= 1),
    -- What is stored with every due moment computed from it.
    label        text NOT NULL UNIQUE CHECK (is_label(label)),
    revision     bigint NOT NULL CHECK (revision >= 1),
    content      jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    note         text CHECK (is_prose(note)),
    drafted_by   uuid REFERENCES person (id),
    drafted_at   timestamptz NOT NULL CHECK (is_moment(drafted_at)),
    published_by uuid REFERENCES person (id),
    published_at timestamptz CHECK (is_moment(published_at)),
    CONSTRAINT drafted_by_somebody CHECK (num_nulls(drafted_by, note) = 0 OR version_no = 1),
    CONSTRAINT published_by_somebody CHECK ((published_by IS NULL) = (published_at IS NULL) OR version_no = 1),
    CONSTRAINT published_by_another CHECK (published_by <> drafted_by)
);
COMMENT ON TABLE calendar_version IS 'Days off, make-up workdays, hours and leave in versions; version 1 is what the product ships with, later ones are drafted by the administrator and put in force by director or general manager.';
CREATE UNIQUE INDEX one_calendar_draft ON calendar_version ((published_at IS NULL)) WHERE published_at IS NULL;

CREATE FUNCTION guard_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed text[] := CASE WHEN NEW.published_at IS NULL THEN ARRAY['admin'] ELSE ARRAY['sales_director','general_manager'] END;
        who uuid := CASE WHEN NEW.published_at IS NULL THEN NEW.drafted_by ELSE NEW.published_by END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a calendar in force is replaced by a new version, never edited' USING ERRCODE = 'P0001';
    END IF;
    -- The shipped data comes in before anybody works here.
    IF TG_OP = 'INSERT' AND NEW.version_no = 1 AND NEW.drafted_by IS NULL THEN
        RETURN NEW;
    END IF;
    IF who IS DISTINCT FROM acting_person()
       OR NOT EXISTS (SELECT FROM person p WHERE p.id = who AND p.is_active AND p.roles && needed) THEN
        RAISE EXCEPTION 'calendars are drafted by the administrator and put in force by director or general manager' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.published_at IS NOT NULL
       OR TG_OP = 'UPDATE' AND (NEW.version_no <> OLD.version_no
          OR NEW.published_at IS NOT NULL AND (NEW.drafted_by, NEW.content, NEW.label) IS DISTINCT FROM (OLD.drafted_by, OLD.content, OLD.label)) THEN
        RAISE EXCEPTION 'calendars are drafted first and keep what was drafted' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON calendar_version FOR EACH ROW EXECUTE FUNCTION guard_calendar();
CREATE FUNCTION keep_published_calendar() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a calendar in force stays' USING ERRCODE = 'P0001';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER keep BEFORE DELETE ON calendar_version FOR EACH ROW EXECUTE FUNCTION keep_published_calendar();

-- The version a node's due moment was computed with, where it was computed anew; else its round's.
ALTER TABLE approval_node ADD COLUMN calendar_version text CHECK (is_label(calendar_version));
