-- The life of an approval node (DOMAIN 1.4, 3.3 to 3.5, 3.8): claims, calls that stop its clock, the
-- ledger of who held it, escalation, delegation, and what was filled in beside the decision.
ALTER TABLE approval_node
    ADD COLUMN claimed_by     uuid REFERENCES person (id),
    ADD COLUMN on_behalf_of   uuid REFERENCES person (id),
    ADD COLUMN escalated_to   uuid REFERENCES person (id),
    ADD COLUMN escalated_at   timestamptz CHECK (is_moment(escalated_at)),
    ADD COLUMN condition_kind text CHECK (condition_kind IN ('note','blocking')),
    ADD COLUMN condition_file uuid REFERENCES attachment (id),
    ADD COLUMN return_to      text CHECK (return_to IN ('requirement','quote')),
    ADD COLUMN sheet          jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(sheet) = 'object'),
    ADD COLUMN next_alarm_at  timestamptz,
    ADD CHECK ((escalated_to IS NULL) = (escalated_at IS NULL)),
    ADD CONSTRAINT nobody_rises_to_their_own CHECK (escalated_to <> requested_by),
    ADD CONSTRAINT nobody_lends_their_own CHECK (on_behalf_of <> requested_by),
    ADD CHECK (on_behalf_of IS NULL OR (decided_by IS NOT NULL AND on_behalf_of <> decided_by)),
    ADD CHECK (condition_kind IS NULL OR status = 'approved_cond'),
    ADD CHECK (condition_file IS NULL OR condition_kind = 'blocking'),
    ADD CHECK (return_to IS NULL OR status = 'returned');
CREATE INDEX approval_node_alarm ON approval_node (next_alarm_at) WHERE status = 'open';
CREATE INDEX approval_node_due ON approval_node (due_at, id) WHERE status = 'open';
CREATE INDEX approval_node_decided_by ON approval_node (decided_by, decided_at DESC, id DESC) WHERE decided_by IS NOT NULL;
CREATE INDEX approval_node_escalated ON approval_node (escalated_to) WHERE status = 'open' AND escalated_to IS NOT NULL;
CREATE INDEX approval_round_fast ON approval_round (submitted_at DESC, id DESC) WHERE path = 'fast';
CREATE INDEX approval_round_requested ON approval_round (requested_by, submitted_at DESC, id DESC);

CREATE TABLE node_hold (
    node_id   uuid NOT NULL REFERENCES approval_node (id),
    seq       integer NOT NULL CHECK (seq >= 1),
    kind      text NOT NULL CHECK (kind IN ('running','question','extra_sign')),
    holder_id uuid REFERENCES person (id),
    from_at   timestamptz NOT NULL CHECK (is_moment(from_at)),
    until_at  timestamptz CHECK (until_at >= from_at),
    PRIMARY KEY (node_id, seq),
    CONSTRAINT one_holder_at_a_time EXCLUDE USING gist (node_id WITH =, tstzrange(from_at, until_at) WITH &&)
);
COMMENT ON TABLE node_hold IS 'Who held a node and whether its clock ran, from arrival to decision without gap or overlap.';
CREATE UNIQUE INDEX node_hold_open ON node_hold (node_id) WHERE until_at IS NULL;

INSERT INTO node_hold (node_id, seq, kind, from_at, until_at)
SELECT n.id, 1, 'running', n.arrived_at,
       CASE WHEN n.status = 'open' THEN NULL ELSE GREATEST(n.arrived_at, COALESCE(n.decided_at, r.ended_at, n.arrived_at)) END
FROM approval_node n JOIN approval_round r ON r.id = n.round_id WHERE n.arrived_at IS NOT NULL;

CREATE FUNCTION guard_node_hold() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE former node_hold%ROWTYPE;
BEGIN
    IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND
        (OLD.until_at IS NOT NULL OR (to_jsonb(NEW) - 'until_at') IS DISTINCT FROM (to_jsonb(OLD) - 'until_at'))) THEN
        RAISE EXCEPTION 'the ledger of a node is history' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT * INTO former FROM node_hold h WHERE h.node_id = NEW.node_id ORDER BY h.seq DESC LIMIT 1;
        IF NEW.seq <> COALESCE(former.seq, 0) + 1 OR NEW.from_at IS DISTINCT FROM
            COALESCE(former.until_at, (SELECT n.arrived_at FROM approval_node n WHERE n.id = NEW.node_id)) THEN
            RAISE EXCEPTION 'the ledger of a node has no gaps' USING ERRCODE = 'P0001';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON node_hold FOR EACH ROW EXECUTE FUNCTION guard_node_hold();

CREATE TABLE node_call (
    id       uuid PRIMARY KEY,
    node_id  uuid NOT NULL REFERENCES approval_node (id),
    kind     text NOT NULL CHECK (kind IN ('question','extra_sign')),
    asked_by uuid NOT NULL REFERENCES person (id),
    asked_of uuid NOT NULL REFERENCES person (id),
    text     text NOT NULL CHECK (is_prose(text)),
    asked_at timestamptz NOT NULL CHECK (is_moment(asked_at)),
    due_at   timestamptz CHECK (due_at > asked_at),
    ended_at timestamptz CHECK (ended_at >= asked_at),
    ended_by uuid REFERENCES person (id),
    result   text CHECK (result IN ('agree','object')),
    answer   text CHECK (is_prose(answer)),
    CHECK (asked_by <> asked_of),
    CHECK ((due_at IS NULL) = (kind = 'question')),
    CHECK (result IS NULL OR (kind = 'extra_sign' AND answer IS NOT NULL)),
    CHECK (answer IS NULL OR num_nulls(ended_at, ended_by) = 0)
);
COMMENT ON TABLE node_call IS 'Questions to the rep and signatures before the approver; the node''s clock stands still meanwhile.';
CREATE UNIQUE INDEX node_call_open ON node_call (node_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX node_call_signed ON node_call (node_id) WHERE kind = 'extra_sign' AND answer IS NOT NULL;
CREATE INDEX node_call_asked ON node_call (asked_of) WHERE ended_at IS NULL;
CREATE INDEX node_call_node ON node_call (node_id, asked_at);

CREATE FUNCTION guard_call() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE owner uuid; requester uuid;
BEGIN
    SELECT d.owner_id, r.requested_by INTO owner, requester
    FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id WHERE n.id = NEW.node_id;
    IF TG_OP = 'UPDATE' AND (OLD.ended_at IS NOT NULL OR (to_jsonb(NEW) - ARRAY['ended_at','ended_by','result','answer'])
        IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['ended_at','ended_by','result','answer'])) THEN
        RAISE EXCEPTION 'what was asked and answered is final' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'INSERT' AND NEW.asked_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody asks in the name of another' USING ERRCODE = '42501';
    END IF;
    IF NEW.kind = 'extra_sign' AND NEW.asked_of IN (owner, requester) THEN
        RAISE EXCEPTION 'nobody signs on a deal they own' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.answer IS NOT NULL AND NEW.ended_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody answers in the name of another' USING ERRCODE = '42501';
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.kind = 'extra_sign' AND NEW.answer IS NOT NULL AND NEW.ended_by <> NEW.asked_of THEN
        RAISE EXCEPTION 'the signature was asked of another person' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON node_call FOR EACH ROW EXECUTE FUNCTION guard_call();

-- What was told of a running limit; each thing once.
CREATE TABLE alarm (
    subject text NOT NULL CHECK (subject ~ '^(node|call|post_review|change_duty):'),
    kind    text NOT NULL CHECK (kind IN ('reminder','overdue','escalation')),
    at      timestamptz NOT NULL CHECK (is_moment(at)),
    PRIMARY KEY (subject, kind)
);
COMMENT ON TABLE alarm IS 'Reminders, overdue notices and escalations that were given (DOMAIN 3.5).';
CREATE TRIGGER history BEFORE UPDATE OR DELETE ON alarm FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE delegation (
    id           uuid PRIMARY KEY,
    delegator_id uuid NOT NULL REFERENCES person (id),
    delegate_id  uuid NOT NULL REFERENCES person (id),
    amount_cap   numeric(14,2) CHECK (is_money(amount_cap) AND amount_cap > 0),
    starts_at    timestamptz NOT NULL CHECK (is_moment(starts_at)),
    ends_at      timestamptz NOT NULL CHECK (is_moment(ends_at)),
    reason       text NOT NULL CHECK (is_prose(reason)),
    set_by       uuid NOT NULL REFERENCES person (id),
    set_at       timestamptz NOT NULL CHECK (is_moment(set_at)),
    ended_by     uuid REFERENCES person (id),
    ended_at     timestamptz,
    UNIQUE (id, delegator_id, delegate_id),
    CONSTRAINT nobody_stands_in_for_themselves CHECK (delegator_id <> delegate_id),
    CONSTRAINT thirty_days_at_most CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '720 hours'),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL)),
    CHECK (ended_at <= ends_at)
);
COMMENT ON TABLE delegation IS 'Who decides for whom, until when and up to which amount (DOMAIN 3.8).';
CREATE INDEX delegation_delegate ON delegation (delegate_id, ends_at);
CREATE INDEX delegation_delegator ON delegation (delegator_id, ends_at);

CREATE TABLE delegation_scope (
    delegation_id uuid NOT NULL,
    delegator_id  uuid NOT NULL,
    delegate_id   uuid NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('sales_manager','technical','finance','production','sales_director','general_manager','urgent_director')),
    during        tstzrange NOT NULL,
    PRIMARY KEY (delegation_id, kind),
    FOREIGN KEY (delegation_id, delegator_id, delegate_id) REFERENCES delegation (id, delegator_id, delegate_id),
    CONSTRAINT one_delegate_at_a_time EXCLUDE USING gist (delegator_id WITH =, kind WITH =, during WITH &&)
);
COMMENT ON TABLE delegation_scope IS 'The kinds of node a delegation covers, each with its period.';
CREATE INDEX delegation_scope_delegate ON delegation_scope (delegate_id, kind);

CREATE FUNCTION guard_delegation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(NEW) - ARRAY['ended_by','ended_at']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['ended_by','ended_at'])
        OR OLD.ended_at IS NOT NULL THEN
        RAISE EXCEPTION 'a delegation is ended, never changed' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON delegation FOR EACH ROW EXECUTE FUNCTION guard_delegation();

CREATE FUNCTION guard_delegation_scope() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE g delegation%ROWTYPE;
BEGIN
    SELECT * INTO g FROM delegation WHERE id = NEW.delegation_id;
    IF NEW.during IS DISTINCT FROM tstzrange(g.starts_at, GREATEST(g.starts_at, COALESCE(g.ended_at, g.ends_at))) THEN
        RAISE EXCEPTION 'the scope lasts as long as its delegation' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'UPDATE' AND (to_jsonb(NEW) - 'during') IS DISTINCT FROM (to_jsonb(OLD) - 'during') THEN
        RAISE EXCEPTION 'a delegation is ended, never changed' USING ERRCODE = 'P0001';
    END IF;
    -- One lock for all of them, so that two that would pass a mandate on cannot be set side by side.
    PERFORM pg_advisory_xact_lock(4, hashtext(NEW.kind));
    IF TG_OP = 'INSERT' AND EXISTS (SELECT FROM delegation_scope s WHERE s.kind = NEW.kind AND s.during && NEW.during
        AND (s.delegate_id = NEW.delegator_id OR s.delegator_id = NEW.delegate_id)) THEN
        RAISE EXCEPTION 'a delegate does not delegate on' USING ERRCODE = 'P0001';
    END IF;
    IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.delegator_id AND
        CASE NEW.kind WHEN 'urgent_director' THEN 'sales_director' ELSE NEW.kind END = ANY (p.roles)) THEN
        RAISE EXCEPTION 'nobody lends what they do not have' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON delegation_scope FOR EACH ROW EXECUTE FUNCTION guard_delegation_scope();

CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decider person%ROWTYPE;
    owner   uuid;
    round_state text;
    gross   numeric;
    needed  text := CASE NEW.kind WHEN 'urgent_director' THEN 'sales_director' ELSE NEW.kind END;
    -- The generated column is not filled in yet when this runs.
    later   text[] := ARRAY['condition_acknowledged_at','condition_file','role'];
BEGIN
    IF OLD.decided_by IS NOT NULL AND (to_jsonb(NEW) - later) IS DISTINCT FROM (to_jsonb(OLD) - later) THEN
        RAISE EXCEPTION 'decisions are final' USING ERRCODE = 'P0001';
    END IF;
    IF OLD.condition_file IS NOT NULL AND NEW.condition_file IS DISTINCT FROM OLD.condition_file THEN
        RAISE EXCEPTION 'evidence is final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.escalated_to IS DISTINCT FROM OLD.escalated_to THEN
        SELECT d.owner_id INTO owner FROM approval_round r JOIN deal d ON d.id = r.deal_id WHERE r.id = NEW.round_id;
        IF OLD.escalated_to IS NOT NULL OR NEW.status <> 'open' OR NEW.escalated_at < NEW.due_at
            OR acting_person() IS NOT NULL OR NEW.escalated_to = owner OR NOT EXISTS (
                SELECT FROM person p WHERE p.id = NEW.escalated_to AND p.is_active
                AND (p.roles && ARRAY['sales_director','general_manager']
                     OR EXISTS (SELECT FROM person m WHERE m.manager_id = p.id AND m.is_active AND needed = ANY (m.roles)))) THEN
            RAISE EXCEPTION 'only an overdue node rises, once, to a superior' USING ERRCODE = '42501';
        END IF;
    END IF;
    IF NEW.decided_by IS NOT NULL AND OLD.decided_by IS NULL THEN
        SELECT r.status, d.owner_id, q.gross INTO round_state, owner, gross
        FROM approval_round r JOIN deal d ON d.id = r.deal_id JOIN quote q ON q.id = r.quote_id
        WHERE r.id = NEW.round_id FOR UPDATE OF r;
        IF round_state <> 'open' THEN
            RAISE EXCEPTION 'the round has ended' USING ERRCODE = 'P0001';
        END IF;
        IF NEW.decided_by IS DISTINCT FROM acting_person() THEN
            RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
        END IF;
        IF owner IN (NEW.decided_by, NEW.on_behalf_of) THEN
            RAISE EXCEPTION 'nobody decides on a deal they own' USING ERRCODE = '42501';
        END IF;
        IF EXISTS (SELECT FROM approval_node n WHERE n.round_id = NEW.round_id AND n.id <> NEW.id
            AND (n.decided_by = NEW.on_behalf_of OR n.on_behalf_of IN (NEW.decided_by, NEW.on_behalf_of))) THEN
            RAISE EXCEPTION 'one person decides one node of a round' USING ERRCODE = '23505';
        END IF;
        IF EXISTS (SELECT FROM node_call c WHERE c.node_id = NEW.id AND c.ended_at IS NULL) THEN
            RAISE EXCEPTION 'the clock of the node stands still' USING ERRCODE = 'P0001';
        END IF;
        SELECT * INTO decider FROM person WHERE id = NEW.decided_by;
        IF NEW.on_behalf_of IS NOT NULL THEN
            IF NOT decider.is_active OR NOT EXISTS (
                SELECT FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
                WHERE s.delegator_id = NEW.on_behalf_of AND s.delegate_id = NEW.decided_by AND s.kind = NEW.kind
                  AND s.during @> NEW.decided_at AND (o.is_active OR g.set_by <> g.delegator_id) AND needed = ANY (o.roles)
                  AND (g.amount_cap IS NULL OR gross <= g.amount_cap)) THEN
                RAISE EXCEPTION 'no delegation covers this decision' USING ERRCODE = '42501';
            END IF;
        ELSIF NOT decider.is_active OR NOT (needed = ANY (decider.roles) OR NEW.decided_by IS NOT DISTINCT FROM OLD.escalated_to) THEN
            RAISE EXCEPTION 'the node belongs to another role' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;
