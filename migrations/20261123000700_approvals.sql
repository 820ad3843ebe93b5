CREATE TABLE approval_round (
    id           uuid PRIMARY KEY,
    deal_id      uuid NOT NULL REFERENCES deal (id),
    quote_id     uuid NOT NULL UNIQUE,
    requested_by uuid NOT NULL,
    content_hash bytea NOT NULL,
    no           text NOT NULL CHECK (no ~ '^SP-[0-9]{8}-[0-9]{3,}$'),
    round_no     integer NOT NULL CHECK (round_no >= 1),
    path         text NOT NULL CHECK (path IN ('standard','fast')),
    level        integer NOT NULL CHECK (level BETWEEN 1 AND 3),
    status       text NOT NULL CHECK (status IN ('open','approved','returned','rejected','withdrawn')),
    submitted_at timestamptz NOT NULL CHECK (is_moment(submitted_at)),
    ended_at     timestamptz CHECK (ended_at >= submitted_at),
    calendar_version text NOT NULL,
    UNIQUE (deal_id, round_no),
    UNIQUE (id, requested_by),
    FOREIGN KEY (quote_id, requested_by) REFERENCES quote (id, requested_by),
    FOREIGN KEY (quote_id, content_hash) REFERENCES quote (id, content_hash),
    CHECK ((status = 'open') = (ended_at IS NULL))
);
COMMENT ON TABLE approval_round IS 'One run of the internal approval of one quote version (DOMAIN 1.4, 3).';
CREATE TRIGGER follow_edge BEFORE UPDATE ON approval_round FOR EACH ROW EXECUTE FUNCTION follow_edge('round');
INSERT INTO status_edge VALUES ('round','open','approved'), ('round','open','returned'), ('round','open','rejected'), ('round','open','withdrawn');

CREATE TABLE approval_node (
    id            uuid PRIMARY KEY,
    round_id      uuid NOT NULL,
    requested_by  uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('sales_manager','technical','finance','production','sales_director','general_manager')),
    stage         integer NOT NULL CHECK (stage BETWEEN 1 AND 4),
    status        text NOT NULL CHECK (status IN ('waiting','open','approved','approved_cond','returned','rejected','voided')),
    reasons       jsonb NOT NULL,
    limit_minutes integer NOT NULL CHECK (limit_minutes > 0),
    arrived_at    timestamptz,
    due_at        timestamptz CHECK (due_at > arrived_at),
    decided_at    timestamptz CHECK (decided_at >= arrived_at),
    decided_by    uuid REFERENCES person (id),
    comment       text CHECK (is_prose(comment)),
    condition_acknowledged_at timestamptz,
    UNIQUE (round_id, kind),
    UNIQUE (round_id, decided_by),
    FOREIGN KEY (round_id, requested_by) REFERENCES approval_round (id, requested_by),
    CONSTRAINT nobody_decides_their_own CHECK (decided_by <> requested_by),
    CHECK ((status IN ('approved','approved_cond','returned','rejected')) = (decided_by IS NOT NULL)),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK (status = 'waiting' OR status = 'voided' OR num_nulls(arrived_at, due_at) = 0),
    CHECK (status NOT IN ('approved_cond','returned','rejected') OR COALESCE(char_length(comment), 0) >= 5)
);
COMMENT ON TABLE approval_node IS 'One department of a round with its time limit and its decision.';
CREATE INDEX approval_node_open ON approval_node (kind, due_at) WHERE status = 'open';
CREATE TRIGGER follow_edge BEFORE UPDATE ON approval_node FOR EACH ROW EXECUTE FUNCTION follow_edge('node');
INSERT INTO status_edge VALUES
    ('node','waiting','open'), ('node','waiting','voided'), ('node','open','voided'),
    ('node','open','approved'), ('node','open','approved_cond'), ('node','open','returned'), ('node','open','rejected');

CREATE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decider person%ROWTYPE;
    owner   uuid;
    round_state text;
BEGIN
    IF OLD.decided_by IS NOT NULL AND
       (to_jsonb(NEW) - 'condition_acknowledged_at') IS DISTINCT FROM (to_jsonb(OLD) - 'condition_acknowledged_at') THEN
        RAISE EXCEPTION 'decisions are final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.decided_by IS NOT NULL AND OLD.decided_by IS NULL THEN
        SELECT r.status, d.owner_id INTO round_state, owner
        FROM approval_round r JOIN deal d ON d.id = r.deal_id WHERE r.id = NEW.round_id FOR UPDATE OF r;
        IF round_state <> 'open' THEN
            RAISE EXCEPTION 'the round has ended' USING ERRCODE = 'P0001';
        END IF;
        IF NEW.decided_by IS DISTINCT FROM acting_person() THEN
            RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
        END IF;
        IF NEW.decided_by = owner THEN
            RAISE EXCEPTION 'nobody decides on a deal they own' USING ERRCODE = '42501';
        END IF;
        SELECT * INTO decider FROM person WHERE id = NEW.decided_by;
        IF NOT decider.is_active OR NOT (NEW.kind = ANY (decider.roles)) THEN
            RAISE EXCEPTION 'the node belongs to another role' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON approval_node FOR EACH ROW EXECUTE FUNCTION guard_decision();

CREATE FUNCTION guard_round_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'approved' AND EXISTS (
        SELECT FROM approval_node n WHERE n.round_id = NEW.id AND n.status NOT IN ('approved','approved_cond')) THEN
        RAISE EXCEPTION 'a round is approved only when every node has approved' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'approved' AND NOT EXISTS (SELECT FROM approval_node n WHERE n.round_id = NEW.id) THEN
        RAISE EXCEPTION 'a round without nodes approves nothing' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON approval_round FOR EACH ROW EXECUTE FUNCTION guard_round_end();

CREATE FUNCTION guard_quote_approval() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'approved' AND OLD.status <> 'approved' AND NOT EXISTS (
        SELECT FROM approval_round r WHERE r.quote_id = NEW.id AND r.status = 'approved') THEN
        RAISE EXCEPTION 'a quote is approved only by an approved round' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_approval BEFORE UPDATE ON quote FOR EACH ROW EXECUTE FUNCTION guard_quote_approval();
