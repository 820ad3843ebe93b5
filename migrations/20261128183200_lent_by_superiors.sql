-- Who stands in for the superior to whom a node rose decides it in the superior's name (DOMAIN 3.5, 3.8): where the
-- superior entrusted the decisions of director or general manager, or, being a mere head, any.
CREATE FUNCTION lending_superior(node uuid, who uuid, at timestamptz) RETURNS uuid STABLE LANGUAGE sql AS $$
    SELECT o.id FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id JOIN quote q ON q.id = r.quote_id
    JOIN delegation_scope s ON s.delegator_id = n.escalated_to AND s.delegate_id = who AND s.during @> at
    JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
    WHERE n.id = node AND n.status = 'open' AND (g.amount_cap IS NULL OR q.gross <= g.amount_cap)
      AND (o.is_active OR g.set_by <> g.delegator_id) AND o.id NOT IN (d.owner_id, r.requested_by)
      AND CASE s.kind WHEN 'urgent_director' THEN 'sales_director' ELSE s.kind END = ANY (o.roles)
      AND (s.kind IN ('sales_director','urgent_director','general_manager') OR NOT o.roles && ARRAY['sales_director','general_manager'])
      AND NOT EXISTS (SELECT FROM approval_node x WHERE x.round_id = n.round_id AND x.id <> n.id AND o.id IN (x.decided_by, x.on_behalf_of))
    LIMIT 1
$$;
COMMENT ON FUNCTION lending_superior IS 'The superior in whose name the person may decide a node that rose.';

CREATE OR REPLACE FUNCTION claim_stands(node uuid, at timestamptz) RETURNS boolean STABLE LANGUAGE sql AS $$
    SELECT EXISTS (
        SELECT FROM approval_node n JOIN approval_round r ON r.id = n.round_id JOIN deal d ON d.id = r.deal_id JOIN quote q ON q.id = r.quote_id
        JOIN person w ON w.id = d.owner_id JOIN person c ON c.id = n.claimed_by
        WHERE n.id = node AND c.is_active AND c.id NOT IN (d.owner_id, r.requested_by)
          AND NOT EXISTS (SELECT FROM approval_node x WHERE x.round_id = n.round_id AND x.id <> n.id AND c.id IN (x.decided_by, x.on_behalf_of))
          AND (c.id = n.escalated_to OR lending_superior(n.id, c.id, at) IS NOT NULL
            OR (n.role = ANY (c.roles) AND (n.kind <> 'sales_manager' OR w.manager_id IN (c.id, c.manager_id)))
            OR EXISTS (
                SELECT FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
                WHERE s.delegate_id = c.id AND s.kind = n.kind AND s.during @> at AND (g.amount_cap IS NULL OR q.gross <= g.amount_cap)
                  AND (o.is_active OR g.set_by <> g.delegator_id) AND o.id NOT IN (d.owner_id, r.requested_by) AND n.role = ANY (o.roles)
                  AND (n.kind <> 'sales_manager' OR w.manager_id IN (o.id, o.manager_id)))))
$$;

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
            IF NOT decider.is_active OR (NOT EXISTS (
                SELECT FROM delegation_scope s JOIN delegation g ON g.id = s.delegation_id JOIN person o ON o.id = s.delegator_id
                WHERE s.delegator_id = NEW.on_behalf_of AND s.delegate_id = NEW.decided_by AND s.kind = NEW.kind
                  AND s.during @> NEW.decided_at AND (o.is_active OR g.set_by <> g.delegator_id) AND needed = ANY (o.roles)
                  AND (g.amount_cap IS NULL OR gross <= g.amount_cap))
               AND lending_superior(NEW.id, NEW.decided_by, NEW.decided_at) IS DISTINCT FROM NEW.on_behalf_of) THEN
                RAISE EXCEPTION 'no delegation covers this decision' USING ERRCODE = '42501';
            END IF;
        ELSIF NOT decider.is_active OR NOT (needed = ANY (decider.roles) OR NEW.decided_by IS NOT DISTINCT FROM OLD.escalated_to) THEN
            RAISE EXCEPTION 'the node belongs to another role' USING ERRCODE = '42501';
        END IF;
    END IF;
    RETURN NEW;
END $$;
