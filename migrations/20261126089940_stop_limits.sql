-- The manager's level is that of the rules under which the quote was approved.
CREATE FUNCTION manager_limit(the_quote uuid) RETURNS numeric LANGUAGE sql STABLE AS $$
    SELECT COALESCE((
        SELECT (r.content ->> 'manager_amount')::numeric FROM approval_round a
        JOIN round_basis b ON b.round_id = a.id JOIN rule_set r ON r.version_no = b.rules_version
        WHERE a.quote_id = the_quote ORDER BY a.submitted_at DESC LIMIT 1), 100000)
$$;

CREATE OR REPLACE FUNCTION guard_order_stop() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    deciding text[] := ARRAY['status','decided_by','decided_at','decision','from_status','cost_amount','borne_by','ended_by','ended_at','end_note'];
    ending   text[] := ARRAY['status','ended_by','ended_at','end_note'];
    decider  person%ROWTYPE;
    o        sales_order%ROWTYPE;
    owner    uuid;
    boss     uuid;
    own_hold boolean;
BEGIN
    IF (to_jsonb(NEW) - deciding) IS DISTINCT FROM (to_jsonb(OLD) - deciding)
       OR (OLD.decided_by IS NOT NULL AND (to_jsonb(NEW) - ending) IS DISTINCT FROM (to_jsonb(OLD) - ending)) THEN
        RAISE EXCEPTION 'a request to stop an order and its decision are final' USING ERRCODE = 'P0001';
    END IF;
    IF NEW.status = 'ended' AND OLD.status = 'in_force' AND NEW.ended_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
    END IF;
    IF NEW.status NOT IN ('in_force','refused') OR OLD.status <> 'requested' THEN
        RETURN NEW;
    END IF;
    IF NEW.decided_by IS DISTINCT FROM acting_person() THEN
        RAISE EXCEPTION 'nobody decides in the name of another' USING ERRCODE = '42501';
    END IF;
    SELECT * INTO o FROM sales_order WHERE id = NEW.order_id FOR UPDATE;
    SELECT d.owner_id, p.manager_id INTO owner, boss FROM deal d JOIN person p ON p.id = d.owner_id WHERE d.id = o.deal_id;
    SELECT * INTO decider FROM person WHERE id = NEW.decided_by;
    own_hold := NEW.decided_by = NEW.requested_by AND NEW.kind = 'hold' AND NEW.status = 'in_force';
    IF NEW.decided_by = owner OR (NEW.decided_by = NEW.requested_by AND NOT own_hold) THEN
        RAISE EXCEPTION 'nobody decides on a deal they own or a request of their own' USING ERRCODE = '42501';
    END IF;
    IF NOT decider.is_active OR NOT (
        decider.roles && ARRAY['sales_director','general_manager']
        OR ('finance' = ANY (decider.roles) AND own_hold AND NEW.reason = 'credit')
        OR ('sales_manager' = ANY (decider.roles) AND decider.id = boss AND o.gross <= manager_limit(o.quote_id)
            AND NOT (NEW.kind = 'cancel' AND order_has_started(o.id)))) THEN
        RAISE EXCEPTION 'stopping this order is beyond their authority' USING ERRCODE = '42501';
    END IF;
    IF NEW.status = 'in_force' THEN
        IF NEW.from_status IS DISTINCT FROM o.status THEN
            RAISE EXCEPTION 'a stop keeps the state that it found' USING ERRCODE = 'P0001';
        END IF;
        IF NEW.kind = 'cancel' AND order_has_started(o.id) AND NEW.cost_amount IS NULL THEN
            RAISE EXCEPTION 'what was made already needs a cost statement' USING ERRCODE = '23514';
        END IF;
    END IF;
    RETURN NEW;
END $$;
