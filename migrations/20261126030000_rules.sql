-- The company's numbers in versions with a first day, and what each round was routed by.
CREATE TABLE rule_set (
    version_no   integer PRIMARY KEY CHECK (version_no >= 1),
    revision     bigint NOT NULL CHECK (revision >= 1),
    -- By rule code; what is left out has the value the product ships with.
    content      jsonb NOT NULL CHECK (jsonb_typeof(content) = 'object'),
    reason       text CHECK (is_prose(reason)),
    drafted_by   uuid REFERENCES person (id),
    drafted_at   timestamptz NOT NULL CHECK (is_moment(drafted_at)),
    valid_from   date,
    published_by uuid REFERENCES person (id),
    published_at timestamptz CHECK (is_moment(published_at)),
    CONSTRAINT drafted_by_somebody CHECK (num_nulls(drafted_by, reason) = 0 OR version_no = 1),
    CONSTRAINT published_by_somebody CHECK ((published_by IS NULL) = (published_at IS NULL) OR version_no = 1),
    CONSTRAINT published_from_a_day CHECK ((valid_from IS NULL) = (published_at IS NULL)),
    CONSTRAINT published_by_another CHECK (published_by <> drafted_by)
);
COMMENT ON TABLE rule_set IS 'Limits, time limits and other numbers in versions (DOMAIN 0.5, 3); version 1 comes with the product, later ones are drafted by the administrator and put in force by director or general manager.';
CREATE UNIQUE INDEX one_rule_draft ON rule_set ((published_at IS NULL)) WHERE published_at IS NULL;
CREATE INDEX rule_set_first_day ON rule_set (valid_from) WHERE valid_from IS NOT NULL;
INSERT INTO rule_set (version_no, revision, content, drafted_at, valid_from, published_at)
VALUES (1, 1, '{}', timestamptz '2025-01-01 00:00:00+08', '2025-01-01', timestamptz '2025-01-01 00:00:00+08');

CREATE FUNCTION guard_rule_set() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE needed text[] := CASE WHEN NEW.published_at IS NULL THEN ARRAY['admin'] ELSE ARRAY['sales_director','general_manager'] END;
        who uuid := CASE WHEN NEW.published_at IS NULL THEN NEW.drafted_by ELSE NEW.published_by END;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'numbers in force are replaced by a new version, never edited' USING ERRCODE = 'P0001';
    END IF;
    IF who IS DISTINCT FROM acting_person()
       OR NOT EXISTS (SELECT FROM person p WHERE p.id = who AND p.is_active AND p.roles && needed) THEN
        RAISE EXCEPTION 'numbers are drafted by the administrator and put in force by director or general manager' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.published_at IS NOT NULL
       OR TG_OP = 'UPDATE' AND (NEW.version_no <> OLD.version_no
          OR NEW.published_at IS NOT NULL AND (NEW.drafted_by, NEW.content, NEW.reason) IS DISTINCT FROM (OLD.drafted_by, OLD.content, OLD.reason)) THEN
        RAISE EXCEPTION 'numbers are drafted first and keep what was drafted' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON rule_set FOR EACH ROW EXECUTE FUNCTION guard_rule_set();

CREATE TABLE round_basis (
    round_id      uuid PRIMARY KEY REFERENCES approval_round (id),
    rules_version integer NOT NULL REFERENCES rule_set (version_no),
    facts         jsonb NOT NULL CHECK (jsonb_typeof(facts) = 'object'),
    -- Fingerprints of what the departments watch, and the approvals that a new version kept.
    watched       jsonb CHECK (jsonb_typeof(watched) = 'object'),
    kept          jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(kept) = 'array')
);
COMMENT ON TABLE round_basis IS 'What a round was routed by: the version of the numbers, which it keeps, and the facts of that moment.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON round_basis FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON round_basis FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE INDEX approval_round_newest ON approval_round (submitted_at DESC, id DESC);
