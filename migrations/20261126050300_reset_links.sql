-- A new password by a link that works once: the administrator makes it and never knows the password.
CREATE TABLE reset_link (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    person_id  uuid NOT NULL REFERENCES person (id),
    made_by    uuid NOT NULL REFERENCES person (id),
    made_at    timestamptz NOT NULL CHECK (is_moment(made_at)),
    expires_at timestamptz NOT NULL CHECK (expires_at > made_at AND expires_at <= made_at + interval '24 hours'),
    used_at    timestamptz CHECK (is_moment(used_at)),
    CHECK (made_by <> person_id)
);
COMMENT ON TABLE reset_link IS 'One-time links to choose a new password; holds the SHA-256 of the token, never the token.';
CREATE INDEX reset_link_person ON reset_link (person_id);
CREATE FUNCTION guard_reset_link() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND NEW.made_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'a link names who made it' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.used_at IS NOT NULL OR (to_jsonb(NEW) - 'used_at') IS DISTINCT FROM (to_jsonb(OLD) - 'used_at')) THEN
        RAISE EXCEPTION 'a link is used once and does not change' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON reset_link FOR EACH ROW EXECUTE FUNCTION guard_reset_link();
