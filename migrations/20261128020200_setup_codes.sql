-- The first administrator by a code that the console shows once.
CREATE TABLE setup_code (
    code_hash  bytea PRIMARY KEY CHECK (octet_length(code_hash) = 32),
    made_at    timestamptz NOT NULL CHECK (is_moment(made_at)),
    expires_at timestamptz NOT NULL CHECK (expires_at > made_at AND expires_at <= made_at + interval '15 minutes'),
    used_at    timestamptz CHECK (used_at >= made_at AND used_at < expires_at),
    used_by    uuid UNIQUE REFERENCES person (id),
    CHECK ((used_at IS NULL) = (used_by IS NULL))
);
COMMENT ON TABLE setup_code IS 'One-time codes for the first administrator; holds the SHA-256 of the code, never the code.';
-- Whatever the number of codes and of processes, one of them founds the installation.
CREATE UNIQUE INDEX setup_code_used_once ON setup_code ((true)) WHERE used_at IS NOT NULL;
CREATE FUNCTION guard_setup_code() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND (NEW.used_at IS NOT NULL OR EXISTS (SELECT FROM person)) THEN
        RAISE EXCEPTION 'a code is for an installation without people' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'UPDATE' AND (OLD.used_at IS NOT NULL OR (to_jsonb(NEW) - ARRAY['used_at','used_by'])
        IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['used_at','used_by'])) THEN
        RAISE EXCEPTION 'a code is used once and never changed' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'UPDATE' AND (SELECT count(*) FROM person) <> 1 THEN
        RAISE EXCEPTION 'a code makes the first person' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON setup_code FOR EACH ROW EXECUTE FUNCTION guard_setup_code();
