-- Which values may exist, and the refusals that several tables share.
-- Checks are functions and not domains, so that checked queries see plain types.
-- Every function is strict: a missing value passes, NOT NULL says whether it may be missing.
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE FUNCTION is_label(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT char_length(value) BETWEEN 1 AND 200 AND value = btrim(value) AND value !~ '[[:cntrl:]\u202a-\u202e\u2066-\u2069]' $$;

CREATE FUNCTION is_prose(value text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT char_length(value) BETWEEN 1 AND 2000 AND value !~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u202a-\u202e\u2066-\u2069]' $$;

-- NaN sorts above every number, so the upper bound also keeps it out.
CREATE FUNCTION is_money(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT value >= 0 AND value <= 999999999999.99 AND value = round(value, 2) $$;

CREATE FUNCTION is_unit_price(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT value >= 0 AND value <= 999999999 AND value = round(value, 6) $$;

CREATE FUNCTION is_quantity(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT value >= 0 AND value <= 999999999.999 AND value = round(value, 3) $$;

CREATE FUNCTION is_share(value numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT value >= 0 AND value <= 1 $$;

CREATE FUNCTION is_moment(value timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS
$$ SELECT value >= timestamptz '2000-01-01 00:00:00+00' AND value < timestamptz '2200-01-01 00:00:00+00' $$;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are history and cannot be changed or removed', TG_TABLE_NAME USING ERRCODE = 'P0001';
END $$;

-- The acting person of the running transaction; every write announces it first.
CREATE FUNCTION acting_person() RETURNS uuid LANGUAGE plpgsql STABLE AS $$
DECLARE actor text := current_setting('kuaidan.actor', true);
BEGIN
    IF actor IS NULL OR actor = '' THEN
        RAISE EXCEPTION 'a write without an acting person' USING ERRCODE = '28000';
    END IF;
    RETURN CASE WHEN actor = 'system' THEN NULL ELSE actor::uuid END;
END $$;

CREATE TABLE status_edge (
    document    text NOT NULL,
    from_status text NOT NULL,
    to_status   text NOT NULL,
    PRIMARY KEY (document, from_status, to_status)
);
COMMENT ON TABLE status_edge IS 'Every move of a status that the workflow tables allow; the trigger follow_edge refuses all others.';

CREATE FUNCTION follow_edge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IS DISTINCT FROM OLD.status AND NOT EXISTS (
        SELECT FROM status_edge e
        WHERE e.document = TG_ARGV[0] AND e.from_status = OLD.status AND e.to_status = NEW.status
    ) THEN
        RAISE EXCEPTION '%: a % cannot become %', TG_ARGV[0], OLD.status, NEW.status USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;

CREATE TABLE installation (
    only_row     boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    server_key   bytea NOT NULL CHECK (octet_length(server_key) = 32),
    company_name text NOT NULL CHECK (is_label(company_name)),
    company_name_en text NOT NULL CHECK (is_label(company_name_en)),
    company_phone text,
    company_address text,
    is_demo      boolean NOT NULL,
    demo_ready_at timestamptz,
    created_at   timestamptz NOT NULL
);
COMMENT ON TABLE installation IS 'One row: the key that signs forms, and the selling company printed on documents.';

CREATE TABLE number_counter (
    prefix text NOT NULL,
    period text NOT NULL,
    last   integer NOT NULL CHECK (last > 0),
    PRIMARY KEY (prefix, period)
);
COMMENT ON TABLE number_counter IS 'The last number given out for each prefix and day (or year); a number is never reused.';
