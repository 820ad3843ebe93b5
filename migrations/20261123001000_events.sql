CREATE TABLE event (
    stream_kind text NOT NULL CHECK (stream_kind IN ('deal','customer','company')),
    stream_id   uuid NOT NULL,
    seq         integer NOT NULL CHECK (seq >= 1),
    kind        text NOT NULL CHECK (is_label(kind)),
    payload     jsonb NOT NULL,
    actor_id    uuid REFERENCES person (id),
    at          timestamptz NOT NULL CHECK (is_moment(at)),
    request_id  uuid NOT NULL,
    prev_hash   bytea NOT NULL CHECK (octet_length(prev_hash) = 32),
    hash        bytea NOT NULL CHECK (octet_length(hash) = 32),
    position    bigint GENERATED ALWAYS AS IDENTITY,
    PRIMARY KEY (stream_kind, stream_id, seq)
);
COMMENT ON TABLE event IS 'Append-only history: one row per change, each hash covers the former one of its stream.';
CREATE UNIQUE INDEX event_position ON event (position);
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER no_truncate BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE head bytea; last integer;
BEGIN
    IF NEW.actor_id IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'an event names the acting person' USING ERRCODE = '42501';
    END IF;
    SELECT e.hash, e.seq INTO head, last FROM event e
    WHERE e.stream_kind = NEW.stream_kind AND e.stream_id = NEW.stream_id ORDER BY e.seq DESC LIMIT 1;
    IF NEW.seq <> COALESCE(last, 0) + 1 OR NEW.prev_hash <> COALESCE(head, sha256(''::bytea)) THEN
        RAISE EXCEPTION 'an event continues the chain of its stream' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT ON event FOR EACH ROW EXECUTE FUNCTION guard_event();

CREATE TABLE event_seal (
    sealed_at   timestamptz PRIMARY KEY CHECK (is_moment(sealed_at)),
    up_to       bigint NOT NULL,
    stream_count bigint NOT NULL,
    heads_hash  bytea NOT NULL CHECK (octet_length(heads_hash) = 32)
);
COMMENT ON TABLE event_seal IS 'A hash over the heads of all streams at a moment; it shows when a whole stream was cut or removed.';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON event_seal FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE outbox (
    id           uuid PRIMARY KEY,
    dedupe_key   text NOT NULL UNIQUE,
    recipient_id uuid NOT NULL REFERENCES person (id),
    deal_id      uuid REFERENCES deal (id),
    customer_id  uuid REFERENCES customer (id),
    kind         text NOT NULL CHECK (is_label(kind)),
    payload      jsonb NOT NULL,
    created_at   timestamptz NOT NULL CHECK (is_moment(created_at)),
    read_at      timestamptz
);
COMMENT ON TABLE outbox IS 'Notices to people, written in the transaction of the change that caused them.';
CREATE INDEX outbox_unread ON outbox (recipient_id, created_at DESC) WHERE read_at IS NULL;
