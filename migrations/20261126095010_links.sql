-- Links for customers without an account (DOMAIN 1.1, 1.3, 7.8, 7.10): opaque, stored hashed, bound to one
-- purpose, expiring, revocable.
CREATE TABLE public_link (
    id              uuid PRIMARY KEY,
    token_hash      bytea NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    purpose         text NOT NULL CHECK (purpose IN ('data','quote','track','survey')),
    customer_id     uuid NOT NULL REFERENCES customer (id),
    deal_id         uuid REFERENCES deal (id),
    quote_id        uuid REFERENCES quote (id),
    created_by      uuid NOT NULL REFERENCES person (id),
    created_at      timestamptz NOT NULL CHECK (is_moment(created_at)),
    expires_at      timestamptz NOT NULL CHECK (is_moment(expires_at) AND expires_at > created_at AND expires_at <= created_at + interval '400 days'),
    revoked_at      timestamptz CHECK (revoked_at >= created_at),
    revoked_by      uuid REFERENCES person (id),
    first_opened_at timestamptz CHECK (first_opened_at >= created_at),
    last_opened_at  timestamptz CHECK (last_opened_at >= first_opened_at),
    opened          integer NOT NULL CHECK (opened >= 0),
    CHECK ((revoked_at IS NULL) = (revoked_by IS NULL)),
    CHECK (purpose = 'data' OR deal_id IS NOT NULL),
    CHECK ((purpose = 'quote') = (quote_id IS NOT NULL))
);
COMMENT ON TABLE public_link IS 'Links handed to customers; the token itself is stored nowhere.';
CREATE INDEX public_link_deal ON public_link (deal_id, created_at DESC) WHERE deal_id IS NOT NULL;
CREATE INDEX public_link_customer ON public_link (customer_id, created_at DESC);

CREATE FUNCTION guard_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['revoked_at','revoked_by','first_opened_at','last_opened_at','opened'];
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.quote_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM quote q WHERE q.id = NEW.quote_id AND q.deal_id = NEW.deal_id AND q.status IN ('sent','accepted')) THEN
            RAISE EXCEPTION 'only a sent quote has a link' USING ERRCODE = 'P0001';
        END IF;
        RETURN NEW;
    END IF;
    IF (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) OR NEW.opened < OLD.opened
       OR (OLD.revoked_at IS NOT NULL AND (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.revoked_by IS DISTINCT FROM OLD.revoked_by)) THEN
        RAISE EXCEPTION 'a link is revoked, never changed' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON public_link FOR EACH ROW EXECUTE FUNCTION guard_link();

CREATE TABLE link_answer (
    id          uuid PRIMARY KEY,
    link_id     uuid NOT NULL REFERENCES public_link (id),
    kind        text NOT NULL CHECK (kind IN ('confirmed','corrected','accepted','change_asked','declined','surveyed')),
    by_name     text NOT NULL CHECK (is_label(by_name)),
    by_title    text CHECK (is_label(by_title)),
    note        text CHECK (is_prose(note)),
    corrections jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(corrections) = 'array' AND pg_column_size(corrections) <= 60000),
    at          timestamptz NOT NULL CHECK (is_moment(at)),
    settled_by  uuid REFERENCES person (id),
    settled_at  timestamptz CHECK (settled_at >= at),
    settlement  text CHECK (is_prose(settlement)),
    CHECK (num_nulls(settled_by, settled_at, settlement) IN (0, 3)),
    CHECK (kind <> 'corrected' OR corrections <> '[]'),
    CHECK (kind NOT IN ('change_asked') OR note IS NOT NULL)
);
COMMENT ON TABLE link_answer IS 'What a customer said on a page without an account; corrections and wishes are settled by the rep.';
CREATE INDEX link_answer_link ON link_answer (link_id, at);
-- A yes or a no is given once; wishes and corrections may come again.
CREATE UNIQUE INDEX link_answer_once ON link_answer (link_id, kind) WHERE kind IN ('confirmed','accepted','declined','surveyed');
CREATE FUNCTION guard_answer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := ARRAY['settled_by','settled_at','settlement'];
BEGIN
    IF TG_OP = 'DELETE' OR OLD.settled_at IS NOT NULL OR (to_jsonb(NEW) - moving) IS DISTINCT FROM (to_jsonb(OLD) - moving) THEN
        RAISE EXCEPTION 'what a customer said is history' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE OR DELETE ON link_answer FOR EACH ROW EXECUTE FUNCTION guard_answer();

CREATE TABLE link_miss (
    address text NOT NULL CHECK (char_length(address) BETWEEN 1 AND 100),
    at      timestamptz NOT NULL CHECK (is_moment(at))
);
COMMENT ON TABLE link_miss IS 'Guessed or dead links per network address, for the throttle; kept for a day.';
CREATE INDEX link_miss_address ON link_miss (address, at);

ALTER TABLE customer DROP CONSTRAINT customer_confirm_method_check;
ALTER TABLE customer ADD CONSTRAINT customer_confirm_method_check CHECK (confirm_method IN ('phone','email','file','online'));
ALTER TABLE acceptance DROP CONSTRAINT acceptance_kind_check;
ALTER TABLE acceptance ADD CONSTRAINT acceptance_kind_check CHECK (kind IN ('signed_quote','customer_po','stamped_contract','email','online'));
