-- One person has one vote in a round (DOMAIN 2.3, rule 2). Where everybody who could decide a later node has
-- voted already, that vote is the later node's too: it is taken over, never decided a second time.
ALTER TABLE approval_node
    ADD COLUMN taken_over_with uuid REFERENCES approval_node (id),
    DROP CONSTRAINT approval_node_status_check,
    ADD CONSTRAINT approval_node_status_check
        CHECK (status IN ('waiting','open','approved','approved_cond','returned','rejected','voided','taken_over')),
    DROP CONSTRAINT approval_node_check4,
    ADD CONSTRAINT arrived_unless_never_opened
        CHECK (status IN ('waiting','voided','taken_over') OR num_nulls(arrived_at, due_at) = 0),
    ADD CONSTRAINT taken_over_with_a_decision CHECK ((status = 'taken_over') = (taken_over_with IS NOT NULL));
COMMENT ON COLUMN approval_node.taken_over_with IS 'The node of the same round whose decision is this one''s too.';
INSERT INTO status_edge VALUES ('node','waiting','taken_over');

CREATE FUNCTION guard_taking_over() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    needed text := CASE NEW.kind WHEN 'urgent_director' THEN 'sales_director' ELSE NEW.kind END;
BEGIN
    IF OLD.status = 'taken_over' AND (to_jsonb(NEW) - 'role') IS DISTINCT FROM (to_jsonb(OLD) - 'role') THEN
        RAISE EXCEPTION 'decisions are final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'taken_over' AND OLD.status <> 'taken_over' THEN
        IF needed NOT IN ('sales_director','general_manager') OR NOT EXISTS (
            SELECT FROM approval_node x JOIN approval_round r ON r.id = x.round_id JOIN person p ON p.id IN (x.decided_by, x.on_behalf_of)
            WHERE x.id = NEW.taken_over_with AND x.round_id = NEW.round_id AND r.status = 'open'
              AND x.status IN ('approved','approved_cond') AND p.is_active AND needed = ANY (p.roles)) THEN
            RAISE EXCEPTION 'a node is taken over by a decision of its round, of somebody who decides such nodes' USING ERRCODE = '42501';
        END IF;
        IF EXISTS (
            SELECT FROM person p JOIN approval_round r ON r.id = NEW.round_id JOIN deal d ON d.id = r.deal_id
            WHERE p.is_active AND needed = ANY (p.roles) AND p.id NOT IN (d.owner_id, r.requested_by)
              AND NOT EXISTS (SELECT FROM approval_node x WHERE x.round_id = r.id AND p.id IN (x.decided_by, x.on_behalf_of))) THEN
            RAISE EXCEPTION 'somebody else decides this node' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_taking_over BEFORE UPDATE ON approval_node FOR EACH ROW EXECUTE FUNCTION guard_taking_over();

CREATE OR REPLACE FUNCTION guard_round_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'approved' AND EXISTS (
        SELECT FROM approval_node n WHERE n.round_id = NEW.id AND n.status NOT IN ('approved','approved_cond','taken_over')) THEN
        RAISE EXCEPTION 'a round is approved only when every node has approved' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'approved' AND NOT EXISTS (SELECT FROM approval_node n WHERE n.round_id = NEW.id) THEN
        RAISE EXCEPTION 'a round without nodes approves nothing' USING ERRCODE = 'P0001';
    END IF;
    RETURN NEW;
END $$;
