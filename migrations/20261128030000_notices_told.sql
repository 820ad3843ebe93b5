-- A notice that came or was read is told to whoever counts notices: only that something moved, not whose.
CREATE FUNCTION tell_notices() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('kuaidan_live_' || TG_TABLE_SCHEMA, 'notices');
    RETURN NULL;
END $$;
CREATE TRIGGER told AFTER INSERT OR UPDATE ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell_notices();
