-- The urgent fast path (DOMAIN 3.7): who was skipped and why, nodes on the on-call clock, and the
-- reviews that the skipped departments owe afterwards.
ALTER TABLE approval_round
    ADD COLUMN skipped jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(skipped) = 'array'),
    ADD COLUMN fast_refused jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(fast_refused) = 'array'),
    ADD CHECK (path = 'fast' OR skipped = '[]');

ALTER TABLE approval_node DROP CONSTRAINT approval_node_kind_check;
ALTER TABLE approval_node
    ADD CONSTRAINT approval_node_kind_check CHECK (kind IN
        ('sales_manager','technical','finance','production','sales_director','general_manager','urgent_director')),
    ADD COLUMN profile text NOT NULL DEFAULT 'standard' CHECK (profile IN ('standard','on_call')),
    -- Whose decision it is.
    ADD COLUMN role text GENERATED ALWAYS AS (CASE kind WHEN 'urgent_director' THEN 'sales_director' ELSE kind END) STORED;

CREATE OR REPLACE FUNCTION guard_decision() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    decider person%ROWTYPE;
    owner   uuid;
    round_state text;
    needed  text := CASE NEW.kind WHEN 'urgent_director' THEN 'sales_director' ELSE NEW.kind END;
BEGIN
    -- The generated column is not filled in yet when this runs.
    IF OLD.decided_by IS NOT NULL AND
       (to_jsonb(NEW) - ARRAY['condition_acknowledged_at','role']) IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['condition_acknowledged_at','role']) THEN
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
        IF NOT decider.is_active OR NOT (needed = ANY (decider.roles)) THEN
            RAISE EXCEPTION 'the node belongs to another role' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;

CREATE TABLE post_review (
    id          uuid PRIMARY KEY,
    deal_id     uuid NOT NULL REFERENCES deal (id),
    round_id    uuid NOT NULL REFERENCES approval_round (id),
    kind        text NOT NULL CHECK (kind IN ('sales_manager','technical','finance','production')),
    status      text NOT NULL CHECK (status IN ('open','confirmed','objection','resolved')),
    granted_by  uuid NOT NULL REFERENCES person (id),
    opened_at   timestamptz NOT NULL CHECK (is_moment(opened_at)),
    due_at      timestamptz NOT NULL CHECK (due_at > opened_at),
    reviewed_by uuid REFERENCES person (id),
    reviewed_at timestamptz CHECK (reviewed_at >= opened_at),
    comment     text CHECK (is_prose(comment)),
    resolved_by uuid REFERENCES person (id),
    resolved_at timestamptz CHECK (resolved_at >= reviewed_at),
    resolution  text CHECK (is_prose(resolution)),
    UNIQUE (round_id, kind),
    CONSTRAINT reviewed_by_another CHECK (reviewed_by <> granted_by),
    CHECK ((status = 'open') = (reviewed_by IS NULL)),
    CHECK ((reviewed_by IS NULL) = (reviewed_at IS NULL)),
    CHECK (status NOT IN ('objection','resolved') OR COALESCE(char_length(comment), 0) >= 5),
    CHECK ((status = 'resolved') = (num_nulls(resolved_by, resolved_at, resolution) = 0))
);
COMMENT ON TABLE post_review IS 'What a department says afterwards to an approval that left it out (DOMAIN 3.7).';
CREATE INDEX post_review_open ON post_review (kind, due_at) WHERE status = 'open';
CREATE INDEX post_review_deal ON post_review (deal_id);
CREATE TRIGGER begins BEFORE INSERT ON post_review FOR EACH ROW EXECUTE FUNCTION begin_as('open');
CREATE TRIGGER follow_edge BEFORE UPDATE ON post_review FOR EACH ROW EXECUTE FUNCTION follow_edge('post_review');
INSERT INTO status_edge VALUES
    ('post_review','open','confirmed'), ('post_review','open','objection'), ('post_review','objection','resolved');

CREATE FUNCTION guard_post_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.reviewed_by IS NOT NULL AND (to_jsonb(NEW) - ARRAY['status','resolved_by','resolved_at','resolution'])
        IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['status','resolved_by','resolved_at','resolution']) THEN
        RAISE EXCEPTION 'a review is final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.reviewed_by IS NOT NULL AND OLD.reviewed_by IS NULL AND (
        NEW.reviewed_by IS DISTINCT FROM acting_person()
        OR EXISTS (SELECT FROM deal d WHERE d.id = NEW.deal_id AND d.owner_id = NEW.reviewed_by)
        OR NOT EXISTS (SELECT FROM person p WHERE p.id = NEW.reviewed_by AND p.is_active AND NEW.kind = ANY (p.roles))) THEN
        RAISE EXCEPTION 'the review belongs to the department that was left out' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE UPDATE ON post_review FOR EACH ROW EXECUTE FUNCTION guard_post_review();

-- An order is not completed while a review is owed or an objection stands.
CREATE FUNCTION guard_completion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'completed' AND OLD.status <> 'completed' AND EXISTS (
        SELECT FROM post_review p WHERE p.deal_id = NEW.deal_id AND p.status IN ('open','objection')) THEN
        RAISE EXCEPTION 'an order is completed only after every review' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_completion BEFORE UPDATE ON sales_order FOR EACH ROW EXECUTE FUNCTION guard_completion();
